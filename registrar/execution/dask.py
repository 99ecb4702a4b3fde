"""Run work on an existing Dask cluster: the plugin behind `executor=dask`.

Each item is one task, through the standard `concurrent.futures` interface. Dask retries the task of
a lost worker on another one. That is safe, because registering is idempotent.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from registrar.errors import (
    ConfigError,
    OutcomeUnknownError,
    Problem,
    RegistrarError,
    UnreachableError,
)
from registrar.execution.executor import run_concurrently
from registrar.execution.interrupt import Interrupt
from registrar.registry import connect
from registrar.registry.database import database_file
from registrar.text import canonical_json
from registrar.threads import open_pool
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from registrar.execution.executor import Work
    from registrar.registry import Backend

__all__ = ["open_cluster"]

Item = TypeVar("Item")
Value = TypeVar("Value")

CONNECT_TIMEOUT = 20.0  # seconds, for the scheduler and for the first worker
MAX_ERROR_LENGTH = 300  # characters of a message of Dask's


@contextlib.contextmanager
def open_cluster(address: str, server: Mapping[str, Any]) -> Iterator[DaskCluster]:
    """Connect to the cluster until the block ends; the cluster keeps running afterwards.

    Raises UnreachableError without a scheduler at `address` or without workers, ConfigError where
    `server` is a file of this machine or a worker has another version of registrar.
    """
    client = _connect(address, server)
    try:
        _check_workers(client, address)
        yield DaskCluster(client, dict(server))
    finally:
        client.close()


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """A connected cluster, whose workers connect to `server` themselves."""

    client: Any
    server: dict[str, Any]

    def run_each(
        self, work: Work[Item, Value], items: Sequence[Item], stop: Callable[[], bool]
    ) -> Iterator[tuple[int, Value | RegistrarError]]:
        """See `Executor.run_each`.

        Dask stops no task that a worker has begun. So where the run is stopped, an item that was
        handed out yields an error.
        """
        # `pure=False`: Dask does not reuse the result of an equal task.
        pool = self.client.get_executor(pure=False)
        threads = sum(self.client.nthreads().values())
        handed_out: set[int] = set()

        def submit(numbered: tuple[int, Item]) -> Future[Any]:
            index, item = numbered
            handed_out.add(index)
            return pool.submit(run_on_worker, work, self.server, item)  # type: ignore[no-any-return]

        numbered_items = [*enumerate(items)]
        try:
            for index, future in run_concurrently(submit, numbered_items, max(threads, 1), stop):
                handed_out.remove(index)
                yield index, _result(future)
            yield from ((index, _explain_not_stopped()) for index in sorted(handed_out))
        finally:
            pool.shutdown(wait=False)


def run_on_worker(
    work: Work[Item, Value], server: dict[str, Any], item: Item
) -> Value | RegistrarError:
    """Run one task in a worker process, and return its result or its error."""
    try:
        with worker_connection.open(server) as backend:
            return work(backend, Interrupt(), item)
    except RegistrarError as error:
        return error


@dataclass(slots=True)
class WorkerConnection:
    """The connection that the tasks of one worker process share while any of them runs.

    MLflow's settings belong to the process, so it is connected to one server at a time: tasks for
    another server wait.
    """

    server: str = ""
    tasks: int = 0
    backend: Backend | None = None
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @contextlib.contextmanager
    def open(self, server: Mapping[str, Any]) -> Iterator[Backend]:
        """Connect to a server, or share the connection to it that another task has opened."""
        key = canonical_json(server)
        with self.changed:
            self.changed.wait_for(lambda: not self.tasks or self.server == key)
            if self.backend is None:
                self.backend = self.closing.enter_context(connect(server, writes=True))
                self.server = key
            self.tasks += 1
            backend = self.backend
        try:
            yield backend
        finally:
            with self.changed:
                self.tasks -= 1
                if not self.tasks:
                    self.backend = None
                    self.closing.close()
                self.changed.notify_all()


worker_connection = WorkerConnection()


def _result(future: Any) -> Any:
    """Return the result of a task, or an error when its workers were lost."""
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    try:
        return future.result()
    except (KilledWorker, CancelledError, CommClosedError) as error:
        message = f"the workers that had it were lost: {_one_line(error)}"
        return OutcomeUnknownError(
            Problem("workers-lost", message, "Look at the cluster, then run it again.")
        )


def _explain_not_stopped() -> OutcomeUnknownError:
    message = "the run was stopped, and a worker of the cluster may still be at it"
    hint = "When the cluster has no task of this run any more, run it again."
    return OutcomeUnknownError(Problem(OutcomeUnknownError.code, message, hint))


def _connect(address: str, server: Mapping[str, Any]) -> Any:
    """Return a client of the scheduler at `address`."""
    uris = (server["tracking_uri"], server.get("registry_uri") or server["tracking_uri"])
    if any(database_file(uri) is not None for uri in uris):
        message = "executor=dask needs a server that every worker reaches, not an SQLite file"
        raise ConfigError(
            Problem("server-not-shared", message, "Set server.tracking_uri to a server.")
        )
    try:
        import distributed
    except ImportError:
        message = "executor=dask needs the package distributed"
        hint = "Install it with: pip install 'mlflow-registrar[dask]'"
        raise ConfigError(Problem("missing-package", message, hint)) from None
    library: Any = distributed  # its classes are not typed
    try:
        # In a thread of its own, because the thread of a notebook has a running event loop.
        with open_pool(1) as pool:
            pool.submit(asyncio.run, _probe(address)).result()
        return library.Client(address, timeout=CONNECT_TIMEOUT, set_as_default=False)
    # TypeError: tls:// without certificates. Before Python 3.11 its TimeoutError is no OSError.
    except (OSError, ValueError, TypeError, asyncio.TimeoutError) as error:
        reason = _one_line(error) or "no answer in time"
        message = f"there is no Dask scheduler at {address}: {reason}"
        raise UnreachableError(
            Problem("cluster-unreachable", message, "Check executor.address.")
        ) from None


async def _probe(address: str) -> None:
    """Connect to the scheduler and disconnect.

    A `distributed.Client` that cannot connect blocks the process for 40 s when it ends, and prints
    a traceback.
    """
    from distributed import comm, security

    library: Any = comm  # neither is typed
    security_library: Any = security
    options = security_library.Security().get_connection_args("client")
    # Its own timeout does not count for a program that takes the connection and says nothing.
    connecting = library.connect(address, timeout=CONNECT_TIMEOUT, **options)
    connection = await asyncio.wait_for(connecting, CONNECT_TIMEOUT)
    await connection.close()


def _check_workers(client: Any, address: str) -> None:
    """Check that every worker has this version of registrar.

    Raises UnreachableError for a cluster without workers, ConfigError for a worker without
    registrar or with another version of it.
    """
    hint = f"Install mlflow-registrar {__version__} on every worker."
    try:
        client.wait_for_workers(1, timeout=CONNECT_TIMEOUT)
        versions = client.run(_worker_version)
    except TimeoutError:
        message = f"the Dask cluster at {address} has no workers"
        raise UnreachableError(
            Problem("cluster-unreachable", message, "Start one, then run it again.")
        ) from None
    except OSError as error:
        message = f"the Dask cluster at {address} was lost: {_one_line(error)}"
        raise UnreachableError(
            Problem("cluster-unreachable", message, "Look at the cluster.")
        ) from None
    except Exception as error:  # what Dask raises where a worker cannot import the function
        message = f"a worker of the Dask cluster at {address} cannot run this registrar"
        problem = Problem("different-worker", f"{message}: {_one_line(error)}", hint)
        raise ConfigError(problem) from None
    for worker, version in versions.items():
        if version != __version__:
            message = f"the worker {worker} has registrar {version}, not {__version__}"
            raise ConfigError(Problem("different-worker", message, hint))


def _worker_version() -> str:
    return __version__


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:MAX_ERROR_LENGTH]

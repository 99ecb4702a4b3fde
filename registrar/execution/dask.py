"""The work of one run on an existing Dask cluster.

Each model is one task, through the standard `concurrent.futures` interface. A worker that is lost is
no loss: its task is begun again by another one, and beginning again is what registering is made for.
"""

from __future__ import annotations

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
from registrar.execution.executor import side_by_side
from registrar.execution.interrupt import Interrupt
from registrar.registry import connect
from registrar.registry.database import database_file
from registrar.text import canonical_json
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from registrar.execution.executor import Threads, Work
    from registrar.registry import Backend

__all__ = ["cluster"]

Item = TypeVar("Item")
Value = TypeVar("Value")

AHEAD = 2  # tasks on their way for each thread of the cluster
CONNECT_TIMEOUT = 20.0  # seconds


@dataclass(slots=True)
class _Shared:
    """The connection that the tasks of one worker process share while there are any.

    MLflow's settings belong to the process, so it is connected to one server at a time.
    """

    key: str = ""
    users: int = 0
    backend: Backend | None = None
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    turn: threading.Condition = field(default_factory=threading.Condition)

    @contextlib.contextmanager
    def connected(self, server: Mapping[str, Any]) -> Iterator[Backend]:
        """The registry and store of a server."""
        key = canonical_json(server)
        with self.turn:
            self.turn.wait_for(lambda: not self.users or self.key == key)
            if self.backend is None:
                self.backend = self.closing.enter_context(connect(server, writes=True))
                self.key = key
            self.users += 1
            backend = self.backend
        try:
            yield backend
        finally:
            with self.turn:
                self.users -= 1
                if not self.users:
                    self.backend = None
                    self.closing.close()
                self.turn.notify_all()


_shared = _Shared()


@contextlib.contextmanager
def cluster(address: str, server: Mapping[str, Any], near: Threads) -> Iterator[Cluster]:
    """The cluster is connected until the block ends; it goes on running afterwards.

    Raises UnreachableError where there is none at `address`, ConfigError where `server` is a file
    of this machine or a worker runs another registrar.
    """
    client = _client(address, server)
    try:
        _check(client, address)
        yield Cluster(client, dict(server), near)
    finally:
        client.close()


@dataclass(frozen=True, slots=True)
class Cluster:
    """See `executors.Executor`."""

    client: Any
    server: dict[str, Any]
    near: Threads

    @property
    def backend(self) -> Backend:
        """See `Executor`."""
        return self.near.backend

    @property
    def interrupt(self) -> Interrupt:
        """See `Executor`."""
        return self.near.interrupt

    def each(
        self,
        work: Work[Item, Value],
        items: Sequence[Item],
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[int, Value | RegistrarError]]:
        """See `Executor`."""
        # Nothing is remembered: the same work twice is done twice.
        pool = self.client.get_executor(pure=False)
        threads = sum(self.client.nthreads().values())
        try:
            for index, future in side_by_side(
                lambda item: pool.submit(_remotely, work, self.server, item),
                items,
                AHEAD * max(threads, 1),
                stop,
            ):
                yield index, _result(future)
        finally:
            pool.shutdown(wait=False)


def _remotely(
    work: Work[Item, Value], server: dict[str, Any], item: Item
) -> Value | RegistrarError:
    """What a worker does."""
    try:
        with _shared.connected(server) as backend:
            return work(backend, Interrupt(), item)
    except RegistrarError as error:
        return error


def _result(future: Any) -> Any:
    from distributed.scheduler import KilledWorker

    try:
        return future.result()
    except (KilledWorker, CancelledError, OSError) as error:
        message = f"the workers that had it were lost: {' '.join(str(error).split())[:300]}"
        return OutcomeUnknownError(
            Problem("todo", message, "Look at the cluster, then run it again.")
        )


def _client(address: str, server: Mapping[str, Any]) -> Any:
    uris = (server["tracking_uri"], server.get("registry_uri") or server["tracking_uri"])
    if any(database_file(uri) is not None for uri in uris):
        message = "executor=dask needs a server that every worker reaches, not an SQLite file"
        raise ConfigError(Problem("todo", message, "Set server.tracking_uri to a server."))
    try:
        import distributed
    except ImportError:
        message = "executor=dask needs the package distributed"
        raise ConfigError(Problem("todo", message, "pip install 'registrar[dask]'.")) from None
    try:
        library: Any = distributed  # its classes are not typed
        return library.Client(address, timeout=CONNECT_TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        message = f"no Dask scheduler at {address}: {' '.join(str(error).split())}"
        raise UnreachableError(Problem("todo", message, "Check executor.address.")) from None


def _check(client: Any, address: str) -> None:
    """Every worker runs this registrar. Raises ConfigError, UnreachableError without workers."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_TIMEOUT)
    except TimeoutError:
        message = f"the Dask cluster at {address} has no workers"
        raise UnreachableError(Problem("todo", message, "Start some, then run it again.")) from None
    for worker, version in client.run(_version).items():
        if version != __version__:
            message = f"the worker {worker} has registrar {version}, not {__version__}"
            raise ConfigError(Problem("todo", message, "Install the same version on every worker."))


def _version() -> str:
    return __version__

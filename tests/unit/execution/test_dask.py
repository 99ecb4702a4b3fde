"""What a cluster may answer, told by its client; tests/process/executors has a real cluster."""

from __future__ import annotations

import contextlib
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from registrar.errors import ConfigError, OutcomeUnknownError, ServerError, UnreachableError
from registrar.execution import dask
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.execution.interrupt import Interrupt

ADDRESS = "tcp://scheduler:8786"
SERVER = {"tracking_uri": "http://127.0.0.1:1"}


class Cluster:
    """The client of a cluster: its workers have a version, or asking them fails."""

    def __init__(self, answer: str | Exception = __version__) -> None:
        self.answer = answer
        self.closed = False

    def wait_for_workers(self, *_: Any, **__: Any) -> None:
        if isinstance(self.answer, TimeoutError):
            raise self.answer

    def run(self, ask: Any) -> dict[str, str]:
        if isinstance(self.answer, Exception):
            raise self.answer
        assert ask() == __version__
        return {"tcp://worker": self.answer}

    def get_executor(self, *, pure: bool) -> ThreadPoolExecutor:
        assert not pure
        return ThreadPoolExecutor(2)

    def nthreads(self) -> dict[str, int]:
        return {"tcp://worker": 2}

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        ("0.0.1", ConfigError, r"the worker tcp://worker has registrar 0\.0\.1, not "),
        (TimeoutError(), UnreachableError, f"the Dask cluster at {ADDRESS} has no workers"),
        (OSError("gone"), UnreachableError, f"the Dask cluster at {ADDRESS} was lost: gone"),
        (ImportError("no\nmodule"), ConfigError, "cannot run this registrar: no module"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch, answer: str | Exception, kind: type[Exception], message: str
) -> None:
    client = Cluster(answer)
    monkeypatch.setattr(dask, "_connect", lambda *_: client)
    with pytest.raises(kind, match=message), dask.open_cluster(ADDRESS, SERVER):
        pass
    assert client.closed


def test_a_file_of_this_machine_is_no_server_for_workers() -> None:
    with pytest.raises(ConfigError, match="not an SQLite file"):
        dask._connect(ADDRESS, {"tracking_uri": "sqlite:///mlflow.db"})


def test_the_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match="needs the package distributed"):
        dask._connect(ADDRESS, SERVER)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the workers do with the server."""
    events: list[str] = []

    @contextlib.contextmanager
    def connect(server: Mapping[str, Any], *, writes: bool) -> Iterator[str]:
        assert writes
        events.append(f"open {server['tracking_uri']}")
        yield server["tracking_uri"]
        events.append(f"close {server['tracking_uri']}")

    monkeypatch.setattr(dask, "connect", connect)
    return events


def work(backend: Any, interrupt: Interrupt, item: int) -> int:
    assert (backend, interrupt.pending) == (SERVER["tracking_uri"], False)
    if item == 2:
        message = "no"
        raise ServerError(message)
    return item * 10


def test_each_item_has_its_result_or_its_error(
    monkeypatch: pytest.MonkeyPatch, connections: list[str]
) -> None:
    monkeypatch.setattr(dask, "_result", lambda future: future.result())
    cluster = dask.DaskCluster(Cluster(), SERVER)
    results = dict(cluster.run_each(work, [1, 2, 3], stop=lambda: False))
    assert (results[0], results[2]) == (10, 30)
    assert isinstance(results[1], ServerError)
    assert connections[0] == f"open {SERVER['tracking_uri']}"
    assert connections[-1] == f"close {SERVER['tracking_uri']}"


class Pool:
    """Dask's pool: it takes a task that a worker has begun for one that waits, and cancels both."""

    def __init__(self) -> None:
        self.futures: list[Future[int]] = []

    def submit(self, *_: Any) -> Future[int]:
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_result(10)
        return self.futures[-1]

    def shutdown(self, *, wait: bool) -> None:
        assert not wait


def test_where_the_run_is_stopped_nobody_knows_what_becomes_of_a_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask, "_result", lambda future: future.result())
    pool, client = Pool(), Cluster()
    monkeypatch.setattr(client, "get_executor", lambda **_: pool)
    looks = iter([False, True, True])
    cluster = dask.DaskCluster(client, SERVER)
    results = dict(cluster.run_each(work, [*range(9)], stop=lambda: next(looks)))
    assert len(pool.futures) == 4  # two for each thread; the others were not handed out
    assert results.pop(0) == 10
    assert [*results] == [1, 2, 3]
    assert all(isinstance(result, OutcomeUnknownError) for result in results.values())


def test_tasks_that_run_together_share_a_connection(connections: list[str]) -> None:
    shared = dask.WorkerConnection()
    with shared.open(SERVER), shared.open(dict(SERVER)):
        assert len(connections) == 1
    other = {"tracking_uri": "http://other"}
    with shared.open(other) as backend:
        assert str(backend) == "http://other"
    assert [event.split()[0] for event in connections] == ["open", "close"] * 2

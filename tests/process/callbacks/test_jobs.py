"""A job registers the model that it logged, or fails."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.process.callbacks.app import APP, best, registered, trained
from tests.support.registrar_process import ROOT, Result, environment
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    Client = Callable[[str], MlflowClient]


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
    small_model_repository: Path, database: str, exhaustive: bool
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

    if exhaustive:
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

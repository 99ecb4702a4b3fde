"""The callback's hooks, called in this process."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hydra.core.utils import JobReturn, JobStatus

import registrar as public
from registrar.callbacks import RegisterCallback
from registrar.commands.register import validate_before_training
from registrar.config.mapping import job_from_mapping
from registrar.errors import ConfigError
from tests.process.callbacks.app import registered

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow import MlflowClient

    Client = Callable[[str], MlflowClient]


def test_a_directory_that_training_makes_may_be_missing_before() -> None:
    config = {"name": "digits", "uri": "not/made/yet"}
    validate_before_training(job_from_mapping(config, "validate", at=("registration",)))
    with pytest.raises(ConfigError, match=r"^uri: there is no directory not/made/yet\."):
        public.validate(config)


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
    for wrong in (
        *({}, {"metric": 1}, {"metric": "a", "mode": "most"}, {"metric": "a", "x": 1}),
        {"metric": "a", "dataset": 7},
    ):
        with pytest.raises(ConfigError, match="is not a metric and a mode"):
            RegisterCallback(wrong)


def test_the_number_of_a_job_is_measured_on_one_dataset(
    small_model_repository: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has the last value of the metric alone, whatever data it was measured on."""
    import mlflow

    monkeypatch.chdir(small_model_repository)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    mlflow.set_tracking_uri(database)
    told = Config(registration={"name": "digits"}, hydra=Config(job=SimpleNamespace(num=0)))

    def score(returned: Any = None, **best: str) -> Any:
        callback = RegisterCallback({"metric": "accuracy", **best})
        callback.on_multirun_start(told)
        job = JobReturn(status=JobStatus.COMPLETED, _return_value=returned)
        callback.on_job_end(told, job)
        if job.status == JobStatus.FAILED:
            return str(job._return_value)
        (result,) = Path(str(callback.folder)).iterdir()
        return json.loads(result.read_text())["score"]

    with mlflow.start_run() as run:
        model = mlflow.initialize_logged_model(name="model")
        mlflow.finalize_logged_model(model.model_id, "READY")
        logged = (("accuracy", 0.9, "test"), ("accuracy", 0.99, "small"), ("f1", 0.5, "test"))
        for key, value, dataset in logged:
            mlflow.MlflowClient().log_metric(
                *(run.info.run_id, key, value),
                model_id=model.model_id,
                dataset_name=dataset,
                dataset_digest=f"d-{dataset}",
            )
        assert score(dataset="test") == 0.9
        assert score({"accuracy": 0.5}, dataset="test") == 0.9
        assert score({"accuracy": 0.5}) == 0.5
        assert score(0.25, metric="recall") == 0.25
        assert score(metric="f1") == 0.5
        assert "measured on several datasets: 'small', 'test'" in score()
        assert "Known metrics: accuracy, f1." in score(0.25, dataset="other")

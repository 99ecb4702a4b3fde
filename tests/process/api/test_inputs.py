"""Configurations as Python values: their defaults, how they are resolved, and what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import registrar as public
from registrar.config import mapping
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import Result

    Script = Callable[..., Any]
    Client = Callable[[str], MlflowClient]


CONFIG = yaml.safe_load((ROOT / "configs" / "model" / "mnist.yaml").read_text())


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "registrar.register('mnist')",
            "there is no uri, and no run of this thread that could have logged a model. Log the ",
        ),
        (
            "with mlflow.start_run():\n    registrar.register('mnist')",
            "the run RUN has logged no model. Log the model first, ",
        ),
        (
            (
                "with mlflow.start_run():\n    mlflow.initialize_logged_model(name='m')\n"
                "registrar.register('mnist')"
            ),
            "uri: models:/ID: the logged model ID is PENDING. Finish logging it first.",
        ),
        (
            (
                "with mlflow.start_run():\n    for name in 'ab':\n"
                "        mlflow.log_artifacts('models/mnist', name)\n"
                "registrar.register('mnist')"
            ),
            "several models could be meant: runs:/RUN/a, runs:/RUN/b. Pass one of them as uri.",
        ),
        (
            (
                "from mlflow.entities import LoggedModelOutput\nwith mlflow.start_run() as run:\n"
                "    for name, step in (('late', 9), ('early', 1)):\n"
                "        model = mlflow.create_external_model(name)\n"
                "        output = LoggedModelOutput(model.model_id, step)\n"
                "        mlflow.MlflowClient().log_outputs(run.info.run_id, [output])\n"
                "registrar.register('mnist')"
            ),
            (
                "the run RUN has logged several models: 'early' at step 1 (models:/ID), 'late' at "
                "step 9 (models:/ID). Pass one of them as uri."
            ),
        ),
        (
            (
                "with mlflow.start_run():\n    mlflow.log_artifacts('models/mnist', 'model')\n"
                "    registrar.register('a/b')"
            ),
            "name: 'a/b' is not a model name: ",
        ),
        (
            (
                "with mlflow.start_run():\n    mlflow.log_artifacts('models/mnist', 'model')\n"
                "    registrar.register('mnist', server='sqlite:///other.db')"
            ),
            (
                "the run is tracked at BACKEND, where its model's files are; a version on "
                "sqlite:///other.db would point to files that are not there. Leave server out to "
            ),
        ),
        (
            (
                "with mlflow.start_run():\n    mlflow.log_artifacts('models/mnist', 'model')\n"
                "mlflow.set_tracking_uri('sqlite:///other.db')\nregistrar.register('mnist')"
            ),
            "sqlite:///other.db does not have the last run of this process, or its model. ",
        ),
        (
            "registrar.register('mnist', 'models/mnist', metadata={'at': object(), 1: 'x'})",
            (
                "metadata.1: the key 1 is not text. Give its text as the key.\n"
                "metadata.at: a configuration cannot hold a value of type object. "
            ),
        ),
        (
            "registrar.register('mnist', 'models/mnist', aliases='best', owner=7)",
            "owner: is read as a number, not as text. ",
        ),
        (
            "registrar.register('mnist', 'models/mnist', server='http://me:pw@host')",
            "server.tracking_uri: holds a password. ",
        ),
        ("registrar.plan(['mnist'])", "the configuration is a list, not a mapping. Give a dict"),
        ("registrar.apply({'server': {'tracking_uri': 'http://h'}})", "there is no 'model'. Give "),
    ],
)
def test_bad_input_raises_one_exception_and_registers_nothing(
    script: Script, backend: str, mlflow_client: Client, code: str, message: str
) -> None:
    told = script(
        "import mlflow, registrar\n"
        f"try:\n    exec({code!r}, globals())\n    answer = 'no error'\n"
        "except registrar.ConfigError as error:\n"
        "    answer = str(error)\n"
        "    assert error.report.to_dict()['error']['kind'] == 'ConfigError', error.report\n"
    )
    told = re.sub(r"m-[0-9a-f]{32}", "ID", told)
    told = re.sub(r"(?<!m-)[0-9a-f]{32}", "RUN", told).replace(backend, "BACKEND")
    assert told.startswith(message)
    assert list(mlflow_client(backend).search_registered_models()) == []


def test_defaults_are_those_of_the_command_line(
    registrar: Callable[..., Result], repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for env in (
        {},
        {"MLFLOW_TRACKING_URI": "http://h:1"},
        {"MLFLOW_TRACKING_URI": "http://h:1", "MLFLOW_REGISTRY_URI": "http://r:1"},
    ):
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
            monkeypatch.delenv(name, raising=False)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        shown = registrar("--cfg", "job", "--resolve", "-p", "server", "model=mnist", **env).out
        printed = yaml.safe_load(shown)
        assert {key: printed[key] for key in mapping.default_server()} == mapping.default_server()


def test_configurations_of_omegaconf_are_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    from omegaconf import OmegaConf

    monkeypatch.chdir(ROOT)
    config = OmegaConf.create(
        {"lr": 0.1, "registration": {**CONFIG, "metadata": {"lr": "${lr}", "x": "${oc.env:NOPE_}"}}}
    )
    with pytest.raises(public.ConfigError) as caught:
        public.validate(config.registration)
    assert str(caught.value) == (
        "metadata.x: the environment variable NOPE_ is not set. "
        "Set it, or give a default: ${oc.env:NOPE_,DEFAULT}."
    )
    monkeypatch.setenv("NOPE_", "yes")
    assert public.validate(config.registration) == public.validate({"model": config.registration})
    job = mapping.job_from_mapping(config.registration, "plan")
    assert job.config["model"]["metadata"] == {"lr": 0.1, "x": "yes"}


def test_every_public_name_can_be_imported() -> None:
    assert [name for name in public.__all__ if getattr(public, name, None) is None] == []
    assert set(public.__all__) == set(dir(public))
    with pytest.raises(AttributeError, match="has no attribute 'registre'"):
        public.registre  # noqa: B018

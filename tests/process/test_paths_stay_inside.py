"""What a configuration names lies in the repository; the command line and the process name more."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

pytestmark = pytest.mark.sampled(2)

CANARY = "CANARY-FILE"
STRICT = {"REGISTRAR_STRICT": "true"}


@pytest.fixture
def outside(repository: Path) -> Path:
    """A folder beside the repository, with a configuration and a model."""
    folder = repository.parent / "outside"
    shutil.copytree(ROOT / "models" / "mnist", folder / "model")
    (folder / "secret.yaml").write_text(f"password: {CANARY}\n")
    return folder


def _declare(repository: Path, text: str) -> None:
    (repository / "configs" / "model" / "px.yaml").write_text(text)


@pytest.mark.parametrize(
    "defaults",
    [
        '["/../../outside/secret@metadata", _self_]',
        '["../../../outside/secret@metadata", _self_]',
        '[{"/server@metadata": ../../../outside/secret}, _self_]',
        '[{"optional /server@metadata": [../../../outside/secret]}, _self_]',
    ],
)
@pytest.mark.parametrize("choice", ["model=px", "models=all"])
def test_a_defaults_list_does_not_lead_out(
    registrar: Callable[..., Result], repository: Path, outside: Path, defaults: str, choice: str
) -> None:
    _declare(repository, f"defaults: {defaults}\nname: px\nuri: models/mnist\n")
    done = registrar("validate", choice)
    assert done.code == 2
    assert done.err.startswith("configs/model/px.yaml:1:")
    assert "cannot lead out" in done.err
    assert CANARY not in done.out + done.err


@pytest.mark.parametrize("choice", ["model=px", "models=all"])
def test_a_configuration_that_is_a_link_out_is_not_read(
    registrar: Callable[..., Result], repository: Path, outside: Path, choice: str
) -> None:
    (repository / "configs" / "model" / "px.yaml").symlink_to(outside / "secret.yaml")
    done = registrar("validate", choice)
    assert done.code == 2
    assert done.err.startswith("configs/model/px.yaml: leads out of the repository, to '")
    assert f"REGISTRAR_ALLOW_PATHS={outside}" in done.err
    assert "unknown key" not in done.err
    allowed = registrar("validate", choice, REGISTRAR_ALLOW_PATHS=str(outside))
    assert "unknown key 'password'" in allowed.err


def test_a_folder_of_configurations_that_is_a_link_out_is_not_read(
    registrar: Callable[..., Result], repository: Path, outside: Path
) -> None:
    shutil.rmtree(repository / "configs")
    shutil.copytree(ROOT / "configs" / "model", outside / "configs" / "model")
    (repository / "configs").symlink_to(outside / "configs")
    assert registrar("validate", "model=mnist").code == 2
    named = registrar(f"--config-dir={outside / 'configs'}", "validate", "model=mnist")
    assert named.code == 0, named.err


@pytest.mark.parametrize("uri", ["{}/model", "file://{}/model", "../outside/model", "models/link"])
def test_a_model_lies_in_the_repository_in_strict_mode(
    registrar: Callable[..., Result], repository: Path, outside: Path, uri: str
) -> None:
    (repository / "models" / "link").symlink_to(outside / "model")
    uri = uri.format(outside)
    _declare(repository, f"name: px\nuri: {uri}\n")
    refused = registrar("validate", "model=px", **STRICT)
    assert refused.code == 2
    assert refused.err.startswith("configs/model/px.yaml:2:1: model.uri: leads out of the repo")
    assert f"REGISTRAR_ALLOW_PATHS={outside / 'model'} in the environment" in refused.err
    assert "Strict mode asks for it" in refused.err
    assert registrar("validate", "models=px", **STRICT).err == refused.err
    assert registrar("validate", "model=px").code == 0
    path = str(outside / "model")
    allowed = registrar("validate", "model=px", REGISTRAR_ALLOW_PATHS=path, **STRICT)
    assert allowed.code == 0, allowed.err
    on_the_command_line = registrar("validate", "model=px", f"model.uri={uri}", **STRICT)
    assert on_the_command_line.code == 0, on_the_command_line.err


def test_an_mlmodel_that_is_a_link_out_is_not_read(
    registrar: Callable[..., Result], repository: Path, outside: Path
) -> None:
    mlmodel = repository / "models" / "mnist" / "MLmodel"
    mlmodel.unlink()
    mlmodel.symlink_to(outside / "secret.yaml")
    done = registrar("validate", "model=mnist")
    assert done.code == 2
    assert "is a link out of the model's directory" in done.err


@pytest.mark.parametrize("name", [".git/config", "code/.git/config", ".env", "code/.env", ".GIT/x"])
@pytest.mark.parametrize("command", ["validate", "plan"])
def test_a_model_with_secrets_beside_it_is_refused(
    registrar: Callable[..., Result], repository: Path, database: str, name: str, command: str
) -> None:
    path = repository / "models" / "mnist" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CANARY)
    done = registrar(command, "model=mnist", MLFLOW_TRACKING_URI=database)
    assert done.code == 2
    assert f"({name}), which may hold secrets" in done.err
    assert CANARY not in done.out + done.err

"""The repository's own `configs/`: what a team's repository looks like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.schema import load_schema
from registrar.config.validation import validate_jobs
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CONFIGS = ROOT / "configs"
FILES = sorted(CONFIGS.rglob("*.yaml"))
SCHEMAS = ROOT / "registrar" / "config" / "schemas"
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


@pytest.fixture(autouse=True)
def _in_this_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for variable in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(variable, raising=False)


def compose(*words: str) -> dict[str, Any]:
    """The valid configuration of a command line."""
    composition = compose_jobs(parse_arguments(["validate", "model=mnist", *words]))
    validate_jobs(composition.jobs, composition.problems)
    (job,) = composition.jobs
    return job.config


def test_it_has_a_file_of_each_kind() -> None:
    names = [path.relative_to(CONFIGS).as_posix() for path in FILES]

    assert names == [
        "config.yaml",
        "model/mnist.yaml",
        "server/local.yaml",
        "server/prod.yaml",
        "server/staging.yaml",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CONFIGS).as_posix())
def test_an_editor_finds_the_schema_of_a_file_and_accepts_the_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    modeline = MODELINE.fullmatch(text.splitlines()[0])
    assert modeline
    schema = (path.parent / modeline[1]).resolve()
    assert schema.parent == SCHEMAS

    # As an editor does: references are relative to the file that holds them.
    registry: Registry[Any] = Registry().with_resources(
        (file.name, Resource.from_contents(load_schema(file.name))) for file in SCHEMAS.iterdir()
    )
    validator = Draft202012Validator({"$ref": schema.name}, registry=registry)
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


def test_it_composes_with_each_server() -> None:
    expected = {
        (): "sqlite:///mlflow.db",
        ("server=local",): "sqlite:///mlflow.db",
        ("server=staging",): "https://mlflow.staging.example.org",
        ("server=prod",): "https://mlflow.example.org",
    }

    configs = {words: compose(*words) for words in expected}

    assert {
        words: config["server"]["tracking_uri"] for words, config in configs.items()
    } == expected
    for config in configs.values():
        assert config["server"]["registry_uri"] is None
        assert set(config["server"]) == set(configs[()]["server"])
        assert config["model"]["name"] == "mnist"


def test_a_server_of_the_repository_does_not_follow_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://127.0.0.1:8")

    for name in ("local", "staging", "prod"):
        server = compose(f"server={name}")["server"]
        assert "127.0.0.1" not in f"{server['tracking_uri']} {server['registry_uri']}"
    assert compose()["server"]["tracking_uri"] == "http://127.0.0.1:9"


def test_files_are_short() -> None:
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 12 for path in FILES)

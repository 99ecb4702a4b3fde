"""Where configuration is found, which of it wins, and where each value came from."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hydra.core.hydra_config import HydraConfig

from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.errors import ConfigError, Place, Problem
from tests.support.config_trees import tree

if TYPE_CHECKING:
    from registrar.config.job import Job


@pytest.fixture
def folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's repository, as the current directory."""
    monkeypatch.chdir(repository)
    return repository


def write(folder: Path, path: str, text: str) -> None:
    """A file of the user's repository."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


def jobs(*argv: str) -> tuple[Job, ...]:
    """The jobs of a command line, of files without problems."""
    composition = compose_jobs(parse_arguments(argv))
    assert composition.problems == ()
    return composition.jobs


def config(*argv: str) -> dict[str, Any]:
    """The only job's configuration."""
    (job,) = jobs(*argv)
    return job.config


def test_one_model_file_is_enough_and_the_rest_is_packaged(folder: Path) -> None:
    assert config("model=mnist") == {
        "command": "apply",
        "output": "text",
        "report": {"limit": 60000, "json": None, "markdown": None},
        "verbose": False,
        "checksum": None,
        "plan": None,
        "out": None,
        "since": "origin/main",
        "models": None,
        "owner": None,
        "parallelism": 8,
        "executor": {"kind": "threads", "address": None},
        "apply": {
            "yes": False,
            "allow_protected": [],
            "allow_gates": [],
            "waive": [],
            "allow_takeover": False,
            "allow_mass": False,
        },
        "limits": {"moved_aliases": "30%", "removed": "30%", "aliases": "protected", "from": 10},
        "policy": {"dir": None},
        "show": {
            "name": None,
            "version": None,
            "alias": None,
            "tags": None,
            "source": None,
            "created_after": None,
            "created_before": None,
            "order": None,
            "limit": None,
            "compare": False,
            "wide": False,
        },
        "dump": {"name": None, "tags": None, "dir": None, "force": False},
        "delete": {
            "name": None,
            "version": None,
            "yes": False,
            "force": False,
            "files": False,
            "undeclared": False,
        },
        "verify": {"name": None, "version": None, "alias": None},
        "promote": {
            "name": None,
            "version": None,
            "alias": None,
            "as": None,
            "aliases": [],
            "dry_run": False,
        },
        "pin": {"place": False},
        "history": {"name": None, "alias": None, "at": None},
        "catalogue": {"name": None, "tags": None, "dir": "site", "force": False, "time": False},
        "server": {
            "tracking_uri": "sqlite:///mlflow.db",
            "registry_uri": None,
            "min_version": "2.3.0",
            "warn": True,
            "timeout": 20,
            "artifacts": {"experiment": "registrar"},
        },
        "model": {
            "name": "mnist",
            "uri": "models/mnist",
            "description": config("model=mnist")["model"]["description"],
            "metadata": {"lr": 0.003, "epochs": 5, "optimizer": "Adam"},
            "aliases": ["champion"],
            "registered_model": {
                "description": "Handwritten digits",
                "tags": {"team": "vision"},
            },
        },
    }


def test_the_users_file_wins_over_a_packaged_one_of_the_same_name(folder: Path) -> None:
    write(folder, "configs/server/local.yaml", "tracking_uri: http://127.0.0.1:9\n")

    assert config("model=mnist", "server=local")["server"] == {"tracking_uri": "http://127.0.0.1:9"}


def test_the_users_primary_configuration_wins(folder: Path) -> None:
    write(folder, "configs/config.yaml", "defaults: [registrar, _self_]\nparallelism: 3\n")

    assert config("model=mnist")["parallelism"] == 3


def test_an_override_wins_over_everything(folder: Path) -> None:
    write(folder, "configs/config.yaml", "defaults: [registrar, _self_]\nparallelism: 3\n")

    assert config("model=mnist", "parallelism=5")["parallelism"] == 5


def test_the_default_server_is_the_one_of_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://127.0.0.1:8")

    default = config("model=mnist")["server"]
    local = config("model=mnist", "server=local")["server"]

    assert (default["tracking_uri"], default["registry_uri"]) == (
        "http://127.0.0.1:9",
        "http://127.0.0.1:8",
    )
    assert (local["tracking_uri"], local["registry_uri"]) == ("sqlite:///mlflow.db", None)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("flag", ["--config-dir", "-cd", "--config-path", "-cp"])
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "apart"])
@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_a_folder_of_configurations_is_found_from_anywhere(
    flag: str, repository: Path, monkeypatch: pytest.MonkeyPatch, *, joined: bool, relative: bool
) -> None:
    elsewhere = repository.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    folder = "../repository/configs" if relative else str(repository / "configs")

    found = config(*([f"{flag}={folder}"] if joined else [flag, folder]), "model=mnist")

    assert found["model"]["name"] == "mnist"


def test_the_named_folder_replaces_the_one_of_the_current_directory(folder: Path) -> None:
    write(folder, "other/model/mnist.yaml", "name: other\nuri: models/mnist\n")
    write(folder, "configs/model/iris.yaml", "name: iris\nuri: models/mnist\n")

    assert config("--config-dir=other", "model=mnist")["model"]["name"] == "other"
    both = ("--config-dir=other", "--config-dir=configs")
    assert [job.name for job in jobs(*both, "models=all")] == ["iris", "mnist"]
    with pytest.raises(ConfigError, match=r"no model 'iris'\. Known: mnist\."):
        config("--config-dir=other", "model=iris")


def test_several_jobs_keep_the_order_of_the_command_line(folder: Path) -> None:
    for name in ("iris", "wine"):
        write(folder, f"configs/model/{name}.yaml", f"name: {name}\nuri: models/mnist\n")

    found = jobs("--multirun", "model=wine,mnist,iris")

    assert [(job.name, job.file, job.config["model"]["name"]) for job in found] == [
        (name, f"configs/model/{name}.yaml", name) for name in ("wine", "mnist", "iris")
    ]


def test_a_value_is_located_in_the_file_that_set_it_last(folder: Path) -> None:
    write(
        folder,
        "configs/config.yaml",
        "defaults: [registrar, _self_]\nserver: {timeout: 7}\nparallelism: 3\n",
    )
    write(folder, "configs/model/base.yaml", "uri: models/mnist\nmetadata: {lr: 1, epochs: 2}\n")
    write(
        folder,
        "configs/model/mnist.yaml",
        "defaults: [base, _self_]\nname: mnist\nmetadata:\n  epochs: 3\naliases: [a, b]\n",
    )
    expected = {
        ("model", "name"): Place("configs/model/mnist.yaml", 2, 1),
        ("model", "metadata", "lr"): Place("configs/model/base.yaml", 2, 12),
        ("model", "metadata", "epochs"): Place("configs/model/mnist.yaml", 4, 3),
        ("model", "aliases", 1): Place("configs/model/mnist.yaml", 5, 14),
        ("model", "nothing", "below"): Place("configs/model/mnist.yaml", 1, 1),
        ("server", "timeout"): Place("configs/config.yaml", 2, 10),
        ("parallelism",): Place("configs/config.yaml", 3, 1),
    }
    (job,) = jobs("model=mnist")

    problem = Problem("unknown-key", "x")

    assert {path: job.locate(path, problem).place for path in expected} == expected


def test_a_value_of_the_command_line_is_located_there(folder: Path) -> None:
    expected: dict[tuple[str | int, ...], str] = {
        ("model", "name"): "model.name=digits",
        ("model", "metadata", "lr"): "model.metadata.lr=2",
        ("model", "metadata", "new"): "+model.metadata.new=2",
        ("model", "metadata", "other"): "++model.metadata.other=2",
        ("model", "aliases", 1): "model.aliases=[a,b]",
    }
    (job,) = jobs("model=mnist", *expected.values())

    problem = Problem("unknown-key", "x")

    for path, override in expected.items():
        assert job.locate(path, problem).place == Place(override=override)


def test_a_broken_file_does_not_hide_the_problems_of_another(folder: Path) -> None:
    write(folder, "configs/model/iris.yaml", "name: [\n")

    composition = compose_jobs(parse_arguments(["--multirun", "model=iris,mnist"]))

    assert [problem.place.file for problem in composition.problems] == ["configs/model/iris.yaml"]
    assert [job.name for job in composition.jobs] == ["iris", "mnist"]
    assert [job.is_broken for job in composition.jobs] == [True, False]


def test_composing_changes_neither_files_nor_the_process(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before, environ = tree(folder), dict(os.environ)

    jobs("model=mnist", "--multirun")
    with pytest.raises(ConfigError):
        compose_jobs(parse_arguments(["model=mnits"]))

    assert tree(folder) == before
    assert dict(os.environ) == environ
    assert capfd.readouterr() == ("", "")
    jobs("model=mnist", "--cfg", "job", "--resolve")
    assert not HydraConfig.initialized()


@pytest.mark.parametrize("mode", [(), ("--multirun",)])
@pytest.mark.parametrize(
    "setting",
    ["run: {dir: made/now}", "output_subdir: .hydra", "job: {chdir: true}", "sweep: {dir: made}"],
)
def test_a_primary_configuration_can_not_make_hydra_leave_files(
    setting: str, mode: tuple[str, ...], folder: Path
) -> None:
    write(folder, "configs/config.yaml", f"defaults: [registrar, _self_]\nhydra:\n  {setting}\n")
    before = tree(folder)

    composition = compose_jobs(parse_arguments(["model=mnist", *mode]))

    assert [problem.code for problem in composition.problems] == ["hydra-node"]
    assert tree(folder) == before
    assert Path.cwd() == folder


def test_a_configuration_is_found_in_a_folder_with_an_odd_name(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = repository.parent / "größe, a=b 'c' #1"
    shutil.move(repository, odd)
    monkeypatch.chdir(odd)

    assert config("model=mnist")["model"]["name"] == "mnist"
    assert config("--config-dir", str(odd / "configs"), "model=mnist")["model"]["name"] == "mnist"

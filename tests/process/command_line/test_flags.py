"""Commands and flags as a user types them: `--cfg`, `--help`, `--info`, `--multirun`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.config_trees import tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

    Run = Callable[..., Result]


COMMANDS = ["apply", "plan", "check", "validate"]
UNREACHABLE = "http://127.0.0.1:9"


@pytest.mark.sampled(3)
@pytest.mark.parametrize("word", COMMANDS)
@pytest.mark.parametrize(
    "line",
    [
        ["{}", "model=mnist"],
        ["model=mnist", "{}"],
        ["model=mnist", "command={}"],
        ["--cfg", "job", "{}", "model=mnist"],
        ["model=mnist", "--cfg=job", "{}"],
    ],
    ids=" ".join,
)
def test_a_command_may_stand_anywhere(line: list[str], word: str, registrar: Run) -> None:
    flags = [] if any("--cfg" in part for part in line) else ["--cfg", "job"]

    result = registrar(*(part.format(word) for part in line), *flags)

    assert (result.code, result.err) == (0, "")
    assert f"\ncommand: {word}\n" in result.out


def test_without_a_command_it_is_apply(registrar: Run) -> None:
    assert "\ncommand: apply\n" in registrar("model=mnist", "--cfg", "job").out


def test_cfg_prints_the_configuration_and_contacts_nobody(registrar: Run, repository: Path) -> None:
    before = tree(repository)

    result = registrar("model=mnist", "--cfg", "job", MLFLOW_TRACKING_URI=UNREACHABLE)

    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(
        "server:\n  tracking_uri: ${oc.env:MLFLOW_TRACKING_URI,sqlite:///mlflow.db}\n"
    )
    assert "\nmodel:\n  name: mnist\n  uri: models/mnist\n" in result.out
    assert tree(repository) == before


def test_cfg_resolves_but_shows_no_password(registrar: Run) -> None:
    secret = "https://me:hunter2@host"

    result = registrar("model=mnist", "--cfg", "job", "--resolve", MLFLOW_TRACKING_URI=secret)

    assert (result.code, result.err) == (0, "")
    assert "\n  tracking_uri: https://***@host\n" in "\n" + result.out.replace("server:", "", 1)


def test_help_lists_commands_models_and_servers(registrar: Run, repository: Path) -> None:
    (repository / "configs/server").mkdir(exist_ok=True)
    (repository / "configs/server/prod.yaml").write_text(f"tracking_uri: {UNREACHABLE}\n")
    before = tree(repository)

    result = registrar("--help")

    assert (result.code, result.err) == (0, "")
    assert all(f"\n  {command} " in result.out for command in COMMANDS)
    assert "\nModels here: mnist\nServers here: default, local, prod\n" in result.out
    assert tree(repository) == before


def test_help_works_where_there_are_no_configs(fork_server: ForkServer, tmp_path: Path) -> None:
    result = fork_server.run(["--help"], tmp_path)

    assert (result.code, result.err) == (0, "")
    assert "\nModels here: none\nServers here: default, local\n" in result.out
    assert tree(tmp_path) == {}


def test_info_shows_the_users_folder_first(registrar: Run, repository: Path) -> None:
    before = tree(repository)

    result = registrar("--info", "searchpath")

    paths = [line.split("|")[2].strip() for line in result.out.splitlines() if line.count("|") == 3]
    assert (result.code, result.err) == (0, "")
    assert paths[1:4] == [
        f"configs://{repository}/configs",
        f"colocated://{repository}/models",
        "pkg://hydra.conf",
    ]
    assert tree(repository) == before


@pytest.mark.parametrize("flags", [["--info", "model=mnist"], ["model=mnist", "-i"]], ids=" ".join)
def test_info_without_a_topic_shows_all(flags: list[str], registrar: Run) -> None:
    result = registrar(*flags)

    assert (result.code, result.err) == (0, "")
    assert "Config search path" in result.out
    assert "Defaults Tree" in result.out


@pytest.mark.sampled(3)
@pytest.mark.parametrize("flag", ["--multirun", "-m"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_a_sweep_is_one_plan_with_one_exit_code(
    flag: str, registrar: Run, repository: Path, *, first: bool
) -> None:
    other = "name: iris\nuri: models/mnist\n"
    (repository / "configs/model/iris.yaml").write_text(other)
    before = tree(repository)
    line = ["plan", "model=mnist,iris", "output=json"]

    result = registrar(*([flag, *line] if first else [*line, flag]))

    assert (result.code, result.json["exit_code"]) == (0, 0)
    assert [model["name"] for model in result.json["models"]] == ["mnist", "iris"]
    assert result.json["summary"]["create"] == 5
    assert tree(repository) == before


def test_one_invalid_model_stops_the_whole_sweep(registrar: Run, repository: Path) -> None:
    (repository / "configs/model/iris.yaml").write_text("name: a/b\nuri: models/mnist\n")
    before = tree(repository)

    result = registrar("apply", "--multirun", "model=mnist,iris")

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("configs/model/iris.yaml:1:1: model.name: 'a/b' is not a model")
    assert tree(repository) == before

"""The command line as a user types it: flags, commands, completion, and what is left behind."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.config_trees import tree
from tests.support.registrar_process import ROOT, command, environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import ForkServer, Result

    Run = Callable[..., Result]

COMMANDS = ["apply", "plan", "check", "validate"]
UNREACHABLE = "http://127.0.0.1:9"


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
    assert "\nmodel: mnist\nserver: default, local, prod\n" in result.out
    assert "hydra." not in result.out
    assert tree(repository) == before


def test_help_works_where_there_are_no_configs(fork_server: ForkServer, tmp_path: Path) -> None:
    result = fork_server.run(["--help"], tmp_path)

    assert (result.code, result.err) == (0, "")
    assert "\nserver: default, local\n" in result.out
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


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        (["aply", "model=mnist"], ["unknown command 'aply'"]),
        (["model=mnits"], ["no model 'mnits'"]),
        (["model=mnist", "--bogus"], ["unknown flag --bogus"]),
        (["model=mnist", "a b=c d"], ["is not an override Hydra can read"]),
        (["model=mnist", "++model.name=a/b", "++model.x=1"], ["'a/b' is not a", "unknown key 'x'"]),
        ([], ["no model chosen"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("output", ["output=json", "++output=json", "output='json'"])
def test_an_error_is_one_json_document_too(
    line: list[str], messages: list[str], output: str, registrar: Run
) -> None:
    result = registrar(*line, output)

    problems = result.json["error"]["problems"]
    assert (result.code, result.json["format"], result.json["exit_code"]) == (2, 1, 2)
    assert result.json["error"]["kind"] == "ConfigError"
    assert [p["message"][: len(m)] for p, m in zip(problems, messages, strict=True)] == messages


def test_a_json_problem_says_where_it_is(registrar: Run, repository: Path) -> None:
    (repository / "configs/model/iris.yaml").write_text("nam: iris\nuri: models/mnist\n")

    result = registrar("validate", "model=iris", "output=json")

    assert result.json["error"] == {
        "kind": "ConfigError",
        "problems": [
            {
                "code": "unknown-key",
                "message": "unknown key 'nam'",
                "hint": None,
                "suggestion": "name",
                "path": "model.nam",
                "file": "configs/model/iris.yaml",
                "line": 1,
                "column": 1,
                "override": None,
            }
        ],
    }


def test_a_valid_configuration_is_one_json_document(registrar: Run) -> None:
    result = registrar("validate", "model=mnist", "output=json")

    assert result.json == {
        "format": 1,
        "command": "validate",
        "exit_code": 0,
        "models": [{"config": "mnist"}],
    }
    assert result.err == ""


def script() -> str:
    """The installed console script."""
    found = shutil.which("registrar", path=str(Path(sys.executable).parent))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("registrar plan model=mn", ["model=mnist"]),
        ("registrar model=", ["model=iris", "model=mnist"]),
        ("registrar check model=mnist server=", ["server=default", "server=local"]),
        ("registrar model=mnist model.na", ["model.name="]),
    ],
)
def test_the_console_script_completes_a_line(line: str, words: list[str], repository: Path) -> None:
    (repository / "configs/model/iris.yaml").write_text("name: iris\nuri: models/mnist\n")
    before = tree(repository)

    done = subprocess.run(
        [script(), "-sc", "query=bash"],
        cwd=repository,
        env=environment(COMP_LINE=line),
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout.split(), done.stderr) == (words, "")
    assert tree(repository) == before


def test_the_console_script_prints_what_a_shell_evaluates(repository: Path) -> None:
    done = subprocess.run(
        [script(), "-sc", "install=bash"],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.rstrip().endswith("-F hydra_bash_completion registrar")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["validate", "model=mnist"], 0),
        (["validate", "model=mnits"], 2),
        (["--help"], 0),
        (["model=mnist", "--cfg", "job"], 0),
        (["--info", "searchpath"], 0),
    ],
    ids=str,
)
def test_commands_without_a_server_import_no_mlflow_and_print_no_warning(
    line: list[str], code: int, repository: Path
) -> None:
    program = (
        "import sys; from registrar.__main__ import run; code = run(); "
        "assert not {'mlflow', 'pandas', 'requests'} & set(sys.modules); sys.exit(code)"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *line],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert done.stderr.count("\n") == (1 if code else 0)


def test_a_bug_gives_a_traceback_and_one_json_document(repository: Path) -> None:
    """Here: a library that cannot be imported."""
    broken = repository / "broken" / "referencing"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ValueError('broken: token=hunter2')\n")

    done = command(
        ["validate", "model=mnist", "output=json"],
        repository,
        PYTHONPATH=f"{broken.parent}{os.pathsep}{ROOT}",
    )

    assert (done.code, done.json["exit_code"]) == (1, 1)
    (problem,) = done.json["error"]["problems"]
    assert problem["message"] == "this is a bug in registrar: ValueError: broken: token=***"
    assert re.fullmatch(
        r"Report it, with the traceback, at (the project's issue page|https://\S+)\.",
        problem["hint"],
    )
    first, *_, last = done.err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert last == f"{problem['message']}. {problem['hint']}"


def test_a_bug_is_reported_at_the_address_in_the_metadata(tmp_path: Path) -> None:
    metadata = tmp_path / "mlflow_registrar-0.1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(
        "Metadata-Version: 2.1\nName: mlflow-registrar\nVersion: 0.1.0\n"
        "Project-URL: Homepage, https://example.org\n"
        "Project-URL: Issues, https://example.org/issues\n"
    )
    code = "from registrar.errors import BugError; print(BugError.from_exception(KeyError('x')))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "this is a bug in registrar: KeyError: 'x'. "
        "Report it, with the traceback, at https://example.org/issues.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("line", [["--version"], ["--help"], ["show", "output=json"]], ids=" ".join)
def test_an_output_that_cannot_be_written_is_an_error(line: list[str], repository: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "registrar", *line],
            cwd=repository,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert re.match("the output,? .*cannot be written: No space left on device", done.stderr)
    assert "Traceback" not in done.stderr
    assert done.returncode == 2

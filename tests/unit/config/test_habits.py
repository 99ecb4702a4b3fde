"""Flags and commands of other tools are answered with what to write here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.cli import main
from registrar.config.arguments import parse_arguments
from registrar.version import __version__

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("--dry-run model=mnist", "unknown flag --dry-run", "Write plan in place of apply."),
        ("plan --dry-run", "unknown flag --dry-run", "Leave it out: plan writes nothing."),
        ("plan --yes", "unknown flag --yes", "Leave it out: plan does not ask."),
        ("promote name=a --dry-run", "unknown flag --dry-run", "Write dry_run=true."),
        ("pin -n model=a", "unknown flag -n", "pin has no dry run."),
        ("delete -n name=a", "unknown flag -n", "Leave it out: without yes=true, delete says what it would delete, and asks."),
        ("plan -V", "unknown flag -V", "Write registrar --version."),
        ("model=a --force", "unknown flag --force", "Leave it out: a refusal names the field that allows it."),
        ("delete --force", "unknown flag --force", "Write force=true."),
        ("apply --auto-approve", "unknown flag --auto-approve", "Write yes=true where the server has confirm=true; else apply does not ask."),
        ("show name=a --version 3", "unknown flag --version", "Write version=3."),
        ("plan --json", "unknown flag --json", "Write output=json."),
        ("plan -o json", "unknown flag -o", "Write output=json."),
        ("plan --output=markdown", "unknown flag --output", "Write output=markdown."),
        ("delete -y", "unknown flag -y", "Write yes=true."),
        ("plan --model=mnist", "unknown flag --model", "Write model=mnist."),
        ("plan --model mnist", "unknown flag --model", "Write model=mnist."),
        ("plan --server prod", "unknown flag --server", "Write server=prod."),
        ("-f configs/model/mnist.yaml", "unknown flag -f", "Write model=mnist."),
        ("-f model=mnist", "unknown flag -f", "Write model=NAME."),
        ("show --alias champion", "unknown flag --alias", "Write alias=champion."),
        ("--created-after=2026-01-01 show", "unknown flag --created-after", "Write created_after=2026-01-01."),
        ("delete --froce", "unknown flag --froce", "Write force=true."),
        ("show --wide name=iris", "unknown flag --wide", "Write wide=true."),
        ("show -o wide", "unknown flag -o", "Write wide=true."),
        ("show --compare=false", "unknown flag --compare", "Write compare=false."),
        ("show --limit", "unknown flag --limit", "Write limit=VALUE."),
        ("--zzz", "unknown flag --zzz", "--help after the command lists its fields."),
        ("-sc install=bash", "unknown flag -sc", "Write registrar completion bash."),
        ("-z", "unknown flag -z", "--help after the command lists its fields."),
    ],
)  # fmt: skip
def test_a_flag_of_another_tool(line: str, message: str, hint: str) -> None:
    (problem,) = parse_arguments(line.split()).problems

    assert (problem.code, problem.message, problem.hint) == ("invalid-flag", message, hint)


@pytest.mark.parametrize("flag", ["--multirun", "--multi", "-m", "--help", "--cfg=job"])
def test_the_flags_of_hydra_are_no_others(flag: str) -> None:
    assert parse_arguments([flag]).problems == ()


def test_the_value_of_a_flag_shows_no_secret() -> None:
    (problem,) = parse_arguments(["--server", "https://user:hunter2@host"]).problems

    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("word", "command"), [("ls", "show"), ("diff", "plan"), ("status", "check"), ("rm", "delete")]
)
def test_a_command_of_another_tool(word: str, command: str) -> None:
    (problem,) = parse_arguments([word]).problems

    assert (problem.code, problem.suggestion) == ("unknown-command", command)


def test_a_number_after_the_flag_makes_it_a_version_of_a_model(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for line in ("--version", "show --version", "--version show"):
        assert main(line.split()) == 0
        assert capsys.readouterr().out == f"registrar {__version__}\n"

    assert main(["show", "name=a", "--version", "3"]) == 2
    assert capsys.readouterr().err == "unknown flag --version. Write version=3.\n"

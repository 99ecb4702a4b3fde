"""Each command refuses the fields that it would ignore, over all commands and all fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from registrar.config.arguments import Command, parse_arguments
from registrar.config.command_fields import explain_unused_override
from registrar.config.compose import compose_jobs
from registrar.config.mapping import job_from_mapping
from registrar.config.override import parse_override
from registrar.config.schema import known_fields, list_commands
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS: tuple[str, ...] = get_args(Command)
EVERY = set(COMMANDS)
PLANS = {"apply", "plan", "check", "validate"}  # `validate` checks what `apply` would use
# What each command does with a field, other than to ignore it.
HONOURED = {
    "command": EVERY,
    "server": EVERY,
    "model": EVERY,
    "models": EVERY,
    "output": EVERY,
    "report": EVERY,
    "verbose": EVERY,
    "owner": {*PLANS, "evidence", "promote", "delete"},
    "executor": {*PLANS, "evidence", "verify"},
    "parallelism": {*PLANS, "evidence", "verify", "dump"},
    "checksum": {*PLANS, "promote"},
    "apply": {*PLANS, "promote", "delete"},
    "limits": {*PLANS, "delete"},
    "policy": {*PLANS, "delete", "promote"},
    "plan": {"apply", "show"},
    "out": {"plan"},
    "since": EVERY,
    "show": {"show"},
    "dump": {"dump"},
    "delete": {"delete"},
    "verify": {"verify"},
    "promote": {"promote"},
    "pin": {"pin"},
    "history": {"history"},
    "catalogue": {"catalogue"},
    "model.name": EVERY,
    "model.uri": {*PLANS, "evidence"},
    "model.description": {*PLANS, "evidence"},
    "model.metadata": {*PLANS, "evidence"},
    "model.metrics": {*PLANS, "evidence"},
    "model.aliases": {*PLANS, "evidence"},
    "model.verify": {*PLANS, "evidence"},
    "model.from": {*PLANS, "evidence"},
    "servers": {*PLANS, "evidence", "pin"},
    "model.digest": {*PLANS, "evidence"},
    "model.version": {*PLANS, "evidence"},
    "model.versions": {*PLANS, "evidence"},
    "model.owner": {*PLANS, "evidence", "promote", "delete"},
    "model.gates": {*PLANS, "promote"},
    "model.registered_model": {*PLANS, "evidence", "promote", "delete"},
    "model.registered_model.description": {*PLANS, "evidence"},
    "model.registered_model.tags": {*PLANS, "evidence"},
    "model.registered_model.protected_aliases": {*PLANS, "evidence", "promote", "delete"},
}


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "configs" / "model"
    folder.mkdir(parents=True)
    (folder / "m.yaml").write_text("name: m\nuri: s3://b/m\nverify: false\n")
    monkeypatch.chdir(tmp_path)


def refused(*words: str) -> list[tuple[str, str, str | None]]:
    """The code, message and override of each problem of a command line."""
    try:
        composition = compose_jobs(parse_arguments(words))
        validate_jobs(composition.jobs, composition.problems)
    except ConfigError as error:
        return [(p.code, p.message, p.place.override) for p in error.problems]
    return []


def test_every_field_is_in_the_table() -> None:
    fields = {*known_fields(()), *(f"model.{field}" for field in known_fields(("model",)))}
    parent = known_fields(("model", "registered_model"))
    assert HONOURED.keys() == fields | {f"model.registered_model.{field}" for field in parent}
    for field, commands in HONOURED.items():
        assert set(list_commands(tuple(field.split("."))) or EVERY) == commands, field


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_would_ignore_is_refused(command: str) -> None:
    for field, commands in HONOURED.items():
        override = parse_override(f"++{field}=x")
        problem = explain_unused_override(override, command)
        assert (problem is None) == (command in commands), field
        assert problem is None or problem.message == f"{command} does not use '{field}'"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("delete delete.name=m checksum=null", "delete does not use 'checksum'"),
        ("verify models=all checksum=null", "verify does not use 'checksum'"),
        ("plan model=m delete.name=m", "plan does not use 'delete.name'"),
        ("model=m ~delete.name", "apply does not use 'delete.name'"),
        ("model=m promote.to=server/local", "apply does not use 'promote.to'"),
        ("show show.name=m model.metadata.lr=1", "show does not use 'model.metadata.lr'"),
        ("show plan=p name=m", "with plan=, show does not use 'show.name'"),
        ("show plan=p model=m", "with plan=, show does not use 'model'"),
        ("plan models=all since=main", "'since' is used with models=changed alone"),
    ],
)
def test_however_the_field_is_written(line: str, words: str) -> None:
    assert words in [message for _, message, _ in refused(*line.split())]


def test_python_code_is_told_as_well() -> None:
    model = {"name": "m", "uri": "s3://b/m", "verify": False}

    def problems(command: str, **fields: Any) -> list[tuple[str, str | None]]:
        try:
            validate_jobs([job_from_mapping({"model": model, **fields}, command)])
        except ConfigError as error:
            return [(problem.message, problem.path) for problem in error.problems]
        return []

    asked = problems("apply", delete={"name": "m"}, show={"limit": 3})
    assert sorted(asked, reverse=True) == [
        ("apply does not use 'show.limit'", "show.limit"),
        ("apply does not use 'delete.name'", "delete.name"),
    ]
    assert problems("validate", apply={"allow_takeover": True}, parallelism=2) == []
    # A whole composed configuration holds every field, with its default value.
    defaults = {"delete": {"name": None, "version": None, "yes": False, "force": False}}
    assert problems("plan", **defaults) == []

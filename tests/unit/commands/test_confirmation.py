"""A server that wants each change confirmed: who is asked, and when nobody is."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import Any

import pytest

from registrar import questions
from registrar.changes.plan import Plan
from registrar.commands.confirmation import name_server, refuse_unconfirmed
from tests.unit.report.samples import SERVER, declared, plan_of

SURE = {"tracking_uri": "https://user:hunter2@prod.example.org", "confirm": True}
FREE = {"tracking_uri": "https://dev.example.org"}
CHANGES = Plan(SERVER, (plan_of(declared(), None),))
NOTHING = Plan(SERVER, (replace(plan_of(declared(), None), changes=()),))


class Terminal(io.StringIO):
    """A person who types this, or who reads."""

    def isatty(self) -> bool:
        return True


def config(command: str = "apply", server: Any = SURE, **nodes: Any) -> dict[str, Any]:
    return {"command": command, "server": server, **nodes}


def refusal(monkeypatch: pytest.MonkeyPatch, typed: str | None, *arguments: Any) -> str | None:
    """Return why the plan is refused where a person types this; None: there is no terminal."""
    monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Terminal(typed))
    with questions.allow_questions():
        error = refuse_unconfirmed(*arguments)
    return None if error is None else str(error)


@pytest.mark.parametrize("typed", ["y\n", "YES\n"])
def test_a_person_confirms_the_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    assert refusal(monkeypatch, typed, CHANGES, config()) is None
    told = capsys.readouterr().err
    assert told.startswith("mnist\n  + registered model  mnist\n")
    assert told.endswith(f"Apply this to {SERVER.registry_uri}? [y/N] ")


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "yesterday\n"])
def test_everything_else_is_a_no(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    told = refusal(monkeypatch, typed, CHANGES, config())
    assert told == "not confirmed: nothing was written."


def test_without_a_terminal_only_yes_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refusal(monkeypatch, None, CHANGES, config())
    assert told == (
        f"{SERVER.registry_uri} wants each change confirmed (server.confirm). "
        "Confirm it with yes=true."
    )
    assert refusal(monkeypatch, None, CHANGES, config(apply={"yes": True})) is None


def test_python_functions_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert "wants each change confirmed" in str(refuse_unconfirmed(CHANGES, config()))


@pytest.mark.parametrize(
    ("plan", "settings", "asks"),
    [
        (NOTHING, config(), False),
        (CHANGES, config(server=FREE), False),
        (CHANGES, config("promote", SURE, promote={"to": FREE}), False),
        (CHANGES, config("promote", FREE, promote={"to": SURE}), True),
        (CHANGES, config("promote", SURE, promote={"to": None}), True),
    ],
)
def test_what_is_written_decides(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, settings: Any, asks: bool
) -> None:
    assert (refusal(monkeypatch, None, plan, settings) is not None) == asks


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (config(), "on https://prod.example.org\n"),
        (config("delete", FREE), "on https://dev.example.org\n"),
        (config("promote", SURE, promote={"to": FREE}), "on https://dev.example.org\n"),
        (config("promote", FREE, promote={"dry_run": True}), ""),
        (config("plan"), ""),
        (config("apply", {**FREE, "registry_uri": "https://r.example.org"}), "on https://r.ex"),
    ],
)
def test_a_terminal_is_told_where_a_command_writes(
    monkeypatch: pytest.MonkeyPatch, settings: Any, line: str
) -> None:
    for stream, expected in ((Terminal(), line), (io.StringIO(), "")):
        monkeypatch.setattr(sys, "stderr", stream)
        with questions.allow_questions():
            name_server(settings)
        assert stream.getvalue().startswith(expected)
        assert bool(stream.getvalue()) == bool(expected)

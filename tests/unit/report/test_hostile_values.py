"""Escapes and markup in names and values reach neither the terminal nor the page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.errors import ConfigError, IncompleteError, Place, Problem
from registrar.recorded_metrics import format_carried
from registrar.report import Outcome, Report, error_text, render
from registrar.report.reading_order import list_shown
from registrar.state import (
    Note,
    ObservedModel,
    ObservedVersion,
    Server,
)
from registrar.text import printable
from registrar.version_evidence import Measurement
from tests.unit.report.samples import (
    DIGEST,
    declared,
)

HOSTILE = "\x1b[31mred\x1b[0m \x9b31m \x07 \u202etxt.exe | `x`\n- [a](http://b)"


def hostile_report() -> Report:
    """Everything that a server or a configuration can put into a plan holds escapes."""
    found = ObservedVersion(
        1,
        DIGEST,
        HOSTILE,
        description=HOSTILE,
        tags={"lr": HOSTILE, f"k{HOSTILE}": HOSTILE},
        aliases=(f"a{HOSTILE}",),
        managed=("lr", f"k{HOSTILE}"),
        config="mnist",
    )
    observed = ObservedModel(
        "mnist", HOSTILE, {"team": HOSTILE}, (found,), ("team", f"@a{HOSTILE}")
    )
    plan = diff("mnist", declared(), observed, HOSTILE)
    error = IncompleteError(
        Problem("example", HOSTILE, HOSTILE, path=HOSTILE, place=Place(HOSTILE))
    )
    server = Server(HOSTILE, HOSTILE, HOSTILE)
    outcome = Outcome(
        plan,
        plan.changes[:3],
        plan.changes[3:],
        (Note("leftover-upload", HOSTILE, {"reason": HOSTILE}),),
        error,
    )
    return Report("apply", 5, Plan(server, (plan,)), (outcome,), error)


@pytest.mark.parametrize("output", ["text", "markdown", "json", "github"])
def test_no_control_character_reaches_a_terminal(output: Any) -> None:
    text = render(hostile_report(), output)
    assert "\\u001b" in text
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


@pytest.mark.parametrize("output", ["text", "markdown", "json"])
@pytest.mark.parametrize(
    "command",
    [
        "##[set-output name=checksum]x",
        "a ##vso[task.setvariable variable=x]y",
        "##teamcity[x]",
        "::set-output name=checksum::x",
        " ::stop-commands::x",
        "::endgroup::",
    ],
)
def test_no_value_is_a_command_for_the_program_that_runs_a_job(output: Any, command: str) -> None:
    found = ObservedVersion(1, DIGEST, "m", description=command, tags={"lr": command}, config="m")
    observed = ObservedModel(command, command, {"team": command}, (found,), ("team",))
    plan = diff(command, declared(), observed, command)
    error = ConfigError(Problem("example", command))
    text = render(Report("plan", 2, Plan(Server(command, command), (plan,)), error=error), output)
    for line in [*text.splitlines(), *error_text(error).splitlines()]:
        assert not line.lstrip().startswith("::")
        assert re.search(r"##\w*\[", line) is None
    if output == "json":
        assert command in [change["before"] for change in json.loads(text)["models"][0]["changes"]]


@pytest.mark.parametrize(
    "value", ["a::error::b", "x%0A::set-output name=a::b", "a,line=9", "::x::"]
)
def test_no_value_changes_an_annotation(value: str) -> None:
    problem = Problem("example", value, place=Place(value, 3))
    lines = render(Report("plan", 2, error=ConfigError(problem)), "github").splitlines()
    assert len(lines) == 1
    name, properties, message = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", lines[0]).groups()  # type: ignore[union-attr]
    read = dict(part.split("=", 1) for part in properties.split(","))
    assert (name, read["line"], read["title"]) == ("error", "3", "registrar%3A example")
    assert unescape(read["file"]) == printable(value)
    assert unescape(message) == f"{printable(value)}."


def unescape(text: str) -> str:
    """As the runner reads it."""
    for char in "\r\n:,%":
        text = text.replace(f"%{ord(char):02X}", char)
    return text


def test_text_has_no_line_that_a_value_made() -> None:
    hostile = hostile_report()
    assert hostile.outcomes is not None
    count = len(list_shown(hostile.outcomes[0].plan.changes))
    assert len(render(hostile, "text").splitlines()) == 1 + count + 1


def test_json_gives_the_values_as_they_are() -> None:
    document = json.loads(render(hostile_report(), "json"))
    befores = [change["before"] for change in document["models"][0]["changes"]]
    assert HOSTILE in befores


def test_a_file_name_that_is_not_utf8_can_be_printed() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    error = ConfigError(Problem("example", f"{name} is wrong"))
    assert error_text(error) == r"caf\udce9 is wrong."
    document = render(Report("plan", 2, error=error), "json")
    assert document.encode()
    assert json.loads(document)["error"]["problems"][0]["message"] == f"{name} is wrong"


@pytest.mark.parametrize("output", ["text", "markdown"])
def test_the_metrics_of_another_server_start_no_line_and_no_markup(output: Any) -> None:
    """Their names, and those of their datasets, are free text there."""
    carried = {HOSTILE: (Measurement(0.5, HOSTILE, HOSTILE, origin="carried"),)}
    (version,) = declared().versions
    brought = replace(version, carried=format_carried(carried))
    plan = diff("mnist", replace(declared(), versions=(brought,)), None, "m.yaml")
    text = render(Report("plan", plan=Plan(Server("a", "a"), (plan,))), output)
    assert "metrics." in text
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert not any(line.lstrip().startswith("- [a]") for line in text.splitlines())

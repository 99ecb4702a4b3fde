"""A plan file from a stranger: data within limits, held against its schema and its checksum."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.process.plan_files.conftest import Team

Document = dict[str, Any]


def change(document: Document) -> Document:
    found: Document = document["models"][0]["changes"][0]
    return found


def told(document: Document) -> Document:
    found: Document = document["models"][0]["explanations"]["versions"][0]
    return found


NOTE = {"kind": "old-server", "subject": "x", "values": {}}
# What somebody did to the document, the exit code, and what the message says.
FORGERIES: dict[str, tuple[Callable[[Document], object], int, str]] = {
    "an unknown field": (lambda d: d.update(command="delete"), 2, "'command' was unexpected"),
    "a field missing": (lambda d: d.pop("allowances"), 2, "'allowances' is a required property"),
    "another format": (lambda d: d.update(format=2), 2, "format: 1 was expected"),
    "an unknown change": (lambda d: change(d).update(action="delete"), 2, "models[0].changes[0]"),
    "a field of a change": (lambda d: change(d).update(target="x"), 2, "models[0].changes[0]"),
    "an address as a list": (lambda d: d["server"].update(registry_uri=[]), 2, "registry_uri"),
    "another release": (lambda d: d.update(registrar="7.0.0"), 6, "made by registrar 7.0.0"),
    "another description": (lambda d: change(d).update(description="x"), 6, "changed the file"),
    "an allowance": (lambda d: d["allowances"].update(allow_takeover=True), 6, "changed the file"),
    "another server": (lambda d: d["server"].update(registry_uri="http://evil"), 6, "the file"),
    "words of a note missing": (
        lambda d: d["models"][0]["notes"].append(NOTE),
        2,
        "that registrar",
    ),
    "a negative amount": (lambda d: told(d)["upload"].update(files=-1), 2, "upload.files"),
    "a model twice": (lambda d: d["models"].append(copy.deepcopy(d["models"][0])), 6, "twice"),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_file_is_refused(forgery: str, team: Team) -> None:
    forge, code, message = FORGERIES[forgery]
    document = team.plan()
    forge(document)
    team.path.write_text(json.dumps(document))
    for argv in (["apply", "plan=plan.json"], ["show", "plan=plan.json"]):
        result = team.run(*argv)
        assert result.code == code, result
        assert message in result.err
        assert "Traceback" not in result.err
    assert team.client.search_registered_models() == []


BYTES: dict[str, bytes] = {
    "no JSON": b"{",
    "a list": b"[]",
    "not UTF-8": b'{"format": "\xff"}',
    "half of a pair": b'{"format": "\\ud800"}',
    "a number of 5000 digits": b'{"format": ' + b"1" * 5000 + b"}",
    "NaN": b'{"format": NaN}',
    "infinity": b'{"format": 1e999}',
    "a key twice": b'{"format": 1, "format": 1}',
    "deep": b"[" * 100_000,
    "nothing": b"",
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", BYTES)
def test_what_is_no_plan_file_is_refused(name: str, team: Team) -> None:
    team.path.write_bytes(BYTES[name])
    for argv in (["apply", "plan=plan.json"], ["show", "plan=plan.json"]):
        result = team.run(*argv)
        assert result.code == 2, result
        assert result.err.startswith("the plan file plan.json "), result.err
        assert "Traceback" not in result.err


def test_a_plan_for_what_the_configuration_does_not_want_does_nothing(team: Team) -> None:
    """An attacker gives a file its right checksum; the configuration still says what is needed."""
    assert team.run("apply", "models=all").code == 0
    team.run("plan", "models=all", "out=plan.json", "model.description=theirs")
    before = team.content("mnist")
    result = team.run("apply", "plan=plan.json")
    assert result.code == 6, result
    assert "the configuration no longer asks for version 1 description" in result.err
    assert team.content("mnist") == before


def test_a_file_that_is_not_there_or_cannot_be_written(team: Team) -> None:
    missing = team.run("apply", "plan=none.json")
    assert missing.code == 2
    assert "the plan file none.json cannot be read: No such file or directory." in missing.err
    unwritable = team.run("plan", "models=all", "out=none/plan.json")
    assert unwritable.code == 2
    assert "the plan file none/plan.json cannot be written: No such file or" in unwritable.err

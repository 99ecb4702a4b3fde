"""A create that nobody can look at afterwards: it may have been made, and the run says so."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.changes.changes import SetAlias
from registrar.errors import IncompleteError, OutcomeUnknownError, UnreachableError
from registrar.state import ObservedModel, ObservedVersion
from tests.unit.execution.memory import MemoryRegistry
from tests.unit.execution.test_model_execution import CREATE, execute

UNREACHABLE = UnreachableError("cannot reach http://r")


@pytest.mark.parametrize(
    "errors",
    [
        {
            "create_version": [OutcomeUnknownError("lost")],
            "find_by_digest": [None, *[UNREACHABLE] * 9],
        },
        {"find_by_digest": [None, *[UNREACHABLE] * 9]},
    ],
    ids=["the reply to the create is lost", "the look after the create fails"],
)
def test_a_create_that_nobody_can_look_at_may_have_been_made(errors: Any) -> None:
    memory = MemoryRegistry(versions=[ObservedVersion(1, "sha256:0")], errors=errors)
    outcome = execute(CREATE, memory=memory)
    assert isinstance(outcome.error, OutcomeUnknownError)
    assert UNREACHABLE.problems[0] in outcome.error.problems


def test_a_create_before_which_nobody_can_look_was_not_made() -> None:
    memory = MemoryRegistry(errors={"find_by_digest": [UNREACHABLE] * 9})
    outcome = execute(CREATE, memory=memory)
    assert (outcome.error, memory.count("create_version")) == (UNREACHABLE, 0)


def test_a_version_that_the_server_is_still_making_stops_the_model_midway() -> None:
    memory = MemoryRegistry(
        errors={"create_version": [IncompleteError("m version 1 is not ready")]}
    )
    outcome = execute(CREATE, memory=memory)
    assert isinstance(outcome.error, IncompleteError)
    assert memory.count("find_by_digest") == 1


@pytest.mark.parametrize(("theirs", "code"), [("", None), ("another one", "stale-change")])
def test_a_version_that_another_run_was_faster_to_create_gets_no_alias_unless_it_is_as_planned(
    theirs: str, code: str | None
) -> None:
    faster = ObservedVersion(3, "sha256:1", "s3://b/m", description=theirs, managed=())
    memory = MemoryRegistry(ObservedModel("m"), [faster])
    look = memory.find_by_digest

    def find_by_digest(name: str, digest: str) -> tuple[ObservedVersion, ...]:
        memory.model = ObservedModel("m", versions=(faster,))  # since this run has read the model
        return look(name, digest)

    memory.find_by_digest = find_by_digest  # type: ignore[method-assign]
    alias = SetAlias(0, "champion", None, None)
    outcome = execute(CREATE, alias, memory=memory, observed=ObservedModel("m"))
    assert memory.count("create_version") == 0
    assert memory.count("set_alias") == (code is None)
    if code is not None:
        assert outcome.error is not None
        assert [problem.code for problem in outcome.error.problems] == [code]

"""A duplicate that the server does not let a run delete is no change that was made."""

from __future__ import annotations

from dataclasses import replace

from registrar.changes.changes import DeleteVersion, SetDescription, SetTag
from registrar.errors import AccessDeniedError
from registrar.state import ObservedModel, ObservedVersion
from tests.unit.execution.memory import MemoryRegistry
from tests.unit.execution.test_model_execution import execute


def test_a_duplicate_that_may_not_be_deleted_is_a_note_and_no_change_by_others() -> None:
    numbers = (1, 3)
    versions = tuple(ObservedVersion(n, "sha256:1", "s3://b/m", managed=()) for n in numbers)
    model = ObservedModel("m", versions=versions)
    memory = MemoryRegistry(model, errors={"delete_version": [AccessDeniedError("no right")]})
    outcome = execute(DeleteVersion(3, "sha256:1", "s3://b/m"), memory=memory, observed=model)
    assert outcome.error is None
    assert [(note.kind, note.subject) for note in outcome.notes] == [
        ("duplicate-stays", "version 3")
    ]
    assert (outcome.done, outcome.left, outcome.plan.changes) == ((), (), ())


def test_a_change_that_was_not_permitted_moves_no_index() -> None:
    """The changes after it are still known as made by this run, or by an earlier one."""
    first = ObservedVersion(1, "sha256:1", "s3://b/m", managed=(), tags={"a": "1"})
    model = ObservedModel("m", versions=(first, replace(first, number=3, tags={})))
    memory = MemoryRegistry(model, errors={"delete_version": [AccessDeniedError("no right")]})
    changes = (
        DeleteVersion(3, "sha256:1", "s3://b/m"),
        SetTag(1, 0, "a", None, "1"),
        SetDescription(1, 0, "", "new"),
    )
    outcome = execute(*changes, memory=memory, observed=model)
    assert (outcome.done, outcome.made) == (changes[1:], changes[2:])

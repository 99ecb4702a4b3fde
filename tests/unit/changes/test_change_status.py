"""Where single changes stand; tests/laws says it of generated plans."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from registrar.changes.change_status import check_changes, find_unmet
from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetDescription,
    SetTag,
)
from registrar.state import (
    MANAGED_TAG,
    METRICS_TAG,
    MOVED_TAG,
    OWNER_TAG,
    PROTECTED_TAG,
    ObservedModel,
    ObservedVersion,
    Source,
)

if TYPE_CHECKING:
    from registrar.changes.changes import Change

DUPLICATE = DeleteVersion(2, "sha256:1", "s3://b/m")
FIRST = ObservedVersion(1, "sha256:1", "s3://b/m")


def model(*versions: ObservedVersion) -> ObservedModel:
    return ObservedModel("m", versions=versions)


@pytest.mark.parametrize(
    ("second", "state"),
    [
        (None, "done"),
        (ObservedVersion(2, "sha256:1", "s3://b/m"), "open"),
        (ObservedVersion(2, "sha256:1", "s3://b/m", tags={"lr": "1"}, managed=("lr",)), "open"),
        (ObservedVersion(2, "sha256:1", "s3://b/m", aliases=("moves",)), "open"),
        (ObservedVersion(2, "sha256:1", "s3://b/m", aliases=("theirs",)), "stale"),
        (ObservedVersion(2, "sha256:1", "s3://b/m", tags={"note": "mine"}), "stale"),
        (ObservedVersion(2, "sha256:other", "s3://b/m"), "stale"),
    ],
    ids=[
        *("deleted", "a duplicate", "declared tags", "an alias that the plan moves"),
        *("an alias", "a tag", "other content"),
    ],
)
def test_a_duplicate_is_deleted_unless_somebody_uses_it(
    second: ObservedVersion | None, state: str
) -> None:
    versions = (FIRST,) if second is None else (FIRST, second)
    changes = (DUPLICATE, DeleteAlias("moves", 2))
    status, _ = check_changes(changes, model(*versions))
    assert status.state == state


def test_a_change_of_a_version_that_was_deleted_is_stale() -> None:
    changes = (SetTag(2, 0, "lr", None, "1"), SetDescription(2, 0, "", "new"))
    assert {status.state for status in check_changes(changes, model(FIRST))} == {"stale"}


def test_changes_of_a_model_that_was_deleted_are_stale() -> None:
    (status,) = check_changes((SetTag(None, None, "team", "a", "b"),), None)
    assert status.state == "stale"


CREATE = CreateVersion(0, Source("s3://b/m", "sha256:1"), "Digits", {"lr": "1", "registrar_x": "y"})
THERE = ObservedVersion(
    1,
    "sha256:1",
    "s3://b/m",
    description="Digits",
    tags={"lr": "1", "theirs": "2"},
    aliases=("champion",),
    managed=("lr",),
    moved=("champion",),
)
MODEL = ObservedModel("m", "Models", {"team": "a"}, (THERE,), ("team",), "we/here", ("champion",))


@pytest.mark.parametrize(
    ("change", "state", "found"),
    [
        (CreateModel("m", "Models", {"team": "a"}), "done", None),
        (CreateModel("m", "Models", {"team": "a", "tier": "1"}), "open", None),
        (CreateModel("m", "Others", {}), "stale", "Models"),
        (AdoptModel({"team": "a"}), "done", None),
        (AdoptModel({"tier": "1"}), "open", None),
        (AdoptVersion(0, 1, {"registrar_digest": "sha256:1"}), "done", None),
        (AdoptVersion(0, 1, {"registrar_digest": "sha256:2"}), "stale", "sha256:1"),
        (AdoptVersion(0, 1, {MANAGED_TAG: '["new"]'}), "open", None),
        (CREATE, "done", 1),
        (CreateVersion(0, Source("s3://b/m", "sha256:2"), "", {}), "open", None),
        (CreateVersion(0, Source("s3://b/m", "sha256:1"), "", {}, pin=2), "open", None),
        (CreateVersion(0, Source("s3://b/m", "sha256:1"), "other", {}), "stale", 1),
        (CreateVersion(0, Source("s3://b/m", "sha256:1"), "Digits", {"lr": "2"}), "stale", 1),
        (SetTag(1, 0, "lr", "0", "1"), "done", None),
        (SetTag(1, 0, "lr", "1", "2"), "open", None),
        (SetTag(1, 0, "lr", "0", "2"), "stale", "1"),
        (SetTag(1, 0, MOVED_TAG, None, '["champion"]'), "done", None),
        (SetTag(1, 0, "registrar_config", None, "m"), "open", None),
        (SetTag(None, None, MANAGED_TAG, None, '["team"]'), "done", None),
        (SetTag(None, None, PROTECTED_TAG, None, '["champion"]'), "done", None),
        (SetTag(None, None, OWNER_TAG, None, "us/there"), "stale", "we/here"),
        (DeleteTag(1, 0, "gone", "x"), "done", None),
        (DeleteTag(1, 0, "lr", "1"), "open", None),
        (SetAlias(0, "champion", None, 1), "done", None),
        (SetAlias(0, "champion", 1, 2), "open", None),
        (SetAlias(0, "champion", 2, 3), "stale", 1),
        (SetAlias(1, "champion", 1, None), "open", None),
        (DeleteAlias("champion", 1), "open", None),
        (DeleteAlias("gone", 1), "done", None),
        (RecordEvent(0, "champion", None, 1, "A"), "done", None),
        (RecordEvent(0, "champion", 1, 2, "B"), "open", None),
        (RecordEvent(0, "champion", 2, 3, "C"), "open", None),
        (RecordEvent(1, "champion", 1, None, "B"), "open", None),
        (RecordEvent(None, "champion", 1, None, "A"), "open", None),
        (RecordEvent(None, "gone", 1, None, "A"), "done", None),
    ],
    ids=str,
)
def test_a_field_is_as_before_as_wanted_or_neither(
    change: Change, state: str, found: str | int | None
) -> None:
    (status,) = check_changes((change,), MODEL)
    assert (status.state, status.found) == (state, found)


def test_the_alias_of_a_version_that_is_there_already_is_done() -> None:
    changes = (CREATE, SetAlias(0, "champion", None, None))
    assert [status.state for status in check_changes(changes, MODEL)] == ["done", "done"]


def test_a_version_that_somebody_else_made_has_the_declared_metrics() -> None:
    create = CreateVersion(0, Source("m", "sha256:1"), "", {METRICS_TAG: '{"a":[{"value":1}]}'})
    for metrics, state in ((create.tags[METRICS_TAG], "done"), (None, "stale"), ("{}", "stale")):
        (status,) = check_changes((create,), model(replace(FIRST, metrics=metrics)))
        assert status.state == state


def test_each_value_that_a_plan_gives_to_a_field_counts() -> None:
    changes = (
        SetTag(None, None, MANAGED_TAG, '["old"]', '["old","team"]'),
        SetTag(None, None, "team", None, "a"),
        SetTag(None, None, MANAGED_TAG, '["old","team"]', '["team","x"]'),
    )
    now = ObservedModel("m", tags={"team": "a"}, managed=("old", "team"))
    assert [status.state for status in check_changes(changes, now)] == ["done", "done", "open"]
    assert find_unmet(changes, now) == ()
    (unmet,) = find_unmet((SetTag(None, None, "team", "a", "b"),), now)
    assert unmet.state == "open"

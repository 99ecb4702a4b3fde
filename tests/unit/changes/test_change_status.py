"""Where single changes stand; tests/laws says it of generated plans."""

from __future__ import annotations

import pytest

from registrar.changes.change_status import check_changes
from registrar.changes.changes import DeleteAlias, DeleteVersion, SetDescription, SetTag
from registrar.state import ObservedModel, ObservedVersion

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

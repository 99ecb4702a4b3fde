"""What others have done between the plan and its writes, and between the writes and their check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registrar.changes.change_status import ChangeStatus
from registrar.changes.changes import CreateModel, CreateVersion, DeleteVersion, SetTag
from registrar.changes.diff import diff
from registrar.errors import IncompleteError, RefusedError
from registrar.execution.recheck import check_result, explain_stale, look_again
from registrar.state import DesiredModel, ObservedModel, ObservedVersion, Source
from tests.unit.execution.memory import MemoryRegistry

WANTED = DesiredModel("m", description="new")
MODEL = ObservedModel("m", description="old")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "m: another run deleted it while this one changed it"),
        (MODEL, "m: another run changed these fields meanwhile: registered model description"),
    ],
    ids=["deleted", "changed"],
)
def test_a_result_that_is_not_there_is_told(found: ObservedModel | None, message: str) -> None:
    plan = diff("m", WANTED, MODEL)
    registry: Any = MemoryRegistry(found)
    with pytest.raises(IncompleteError) as caught:
        check_result(plan, plan.changes, registry)
    assert [problem.message for problem in caught.value.problems] == [message]


@pytest.mark.parametrize(
    ("change", "found", "message"),
    [
        (
            CreateModel("m", "", {}),
            "x",
            "somebody else has created it since the plan was made, with x in a field",
        ),
        (
            CreateVersion(0, Source("s3://b/m", "sha256:1"), "", {}),
            3,
            "version 3 has the same content, but another description, metadata or metrics",
        ),
        (
            DeleteVersion(3, "sha256:1", "s3://b/m"),
            3,
            "version 3 is no duplicate any more; somebody has changed it",
        ),
        (
            SetTag(1, 0, "lr", "1", "2"),
            None,
            "version 1 metadata.lr is not there now; somebody has changed it since the plan was made",
        ),
    ],
    ids=["model", "version", "duplicate", "tag"],
)
def test_a_stale_change_says_what_is_there_now(change: Any, found: Any, message: str) -> None:
    (problem,) = explain_stale("m", [ChangeStatus(change, "stale", found)], MODEL)
    assert problem.message == f"m: {message}"


def test_of_a_deleted_model_one_problem_says_so() -> None:
    changes = [SetTag(1, 0, "lr", "1", "2"), SetTag(None, None, "team", None, "a")]
    statuses = [ChangeStatus(change, "stale") for change in changes]
    (problem,) = explain_stale("m", statuses, None)
    assert problem.message == "m has been deleted since the plan was made"


class TornRegistry(MemoryRegistry):
    """A registry whose first reply has a version that lost its tags while it was read."""

    looks = 0

    def observe_for(self, desired: Any) -> dict[str, ObservedModel]:
        self.looks += 1
        if self.looks > 1:
            return super().observe_for(desired)
        torn = ObservedVersion(2, source="s3://b/m")
        return {"m": ObservedModel("m", versions=(torn,))}


def test_a_version_that_is_deleted_while_it_is_read_is_no_change_by_others() -> None:
    duplicate = ObservedVersion(2, "sha256:1", "s3://b/m", managed=())
    observed = ObservedModel("m", versions=(duplicate,))
    plan = replace(
        diff("m", DesiredModel("m"), observed), changes=(DeleteVersion(2, "sha256:1", "s3://b/m"),)
    )
    gone: Any = TornRegistry(ObservedModel("m"))
    ((status,), _) = look_again(plan, gone)
    assert status.state == "done"
    gone.looks = 0
    check_result(plan, plan.changes, gone)

    changed: Any = TornRegistry(ObservedModel("m", versions=(ObservedVersion(2, "sha256:2"),)))
    with pytest.raises(RefusedError, match="version 2 is no duplicate any more"):
        look_again(plan, changed)
    assert changed.looks == 2

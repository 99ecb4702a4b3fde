"""Rights: what each change needs on a server with MLflow's basic authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    Change,
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
from registrar.changes.plan import ModelPlan, Plan
from registrar.policy.rights import (
    PERMISSIONS,
    Rights,
    UploadRight,
    find_missing_rights,
    find_missing_upload_rights,
)
from registrar.state import DesiredModel, ObservedModel, Server, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVER = Server("http://host", "http://host")
SOURCE = Source("s3://b/x", "ref-sha256:1", "s3://b/x")
# The permission that a change needs, and whether it is a version's.
NEEDS: list[tuple[Change, str | None, bool]] = [
    (CreateModel("mnist", "", {}), None, False),
    (CreateVersion(0, SOURCE, "", {}), "EDIT", False),
    (AdoptModel({}), "EDIT", False),
    (AdoptVersion(0, 1, {}), "EDIT", True),
    (SetTag(None, None, "a", None, "b"), "EDIT", False),
    (SetTag(1, 0, "a", None, "b"), "EDIT", True),
    (SetDescription(None, None, "", "x"), "EDIT", False),
    (SetDescription(1, 0, "", "x"), "EDIT", True),
    (RecordEvent(0, "champion", 1, 2, "sha256:2"), "EDIT", True),
    (SetAlias(0, "champion", 1, 2), "EDIT", False),
    (DeleteTag(None, None, "a", "b"), "MANAGE", False),
    (DeleteTag(1, 0, "a", "b"), "MANAGE", True),
    (DeleteAlias("champion", 1), "MANAGE", False),
    (DeleteVersion(1, "sha256:1", "s3://b/x"), "MANAGE", True),
]


def missing(
    *changes: Change, told: Mapping[str, str], is_new: bool = False, covers_versions: bool = True
) -> list[tuple[str, str]]:
    observed = None if is_new else ObservedModel("mnist")
    plan = Plan(SERVER, (ModelPlan("mnist", DesiredModel("mnist"), observed, (), changes),))
    rights = Rights("bob", told, covers_versions=covers_versions)
    return [(right.has, right.needs) for right in find_missing_rights(plan, rights)]


def test_every_change_is_in_the_table() -> None:
    assert {type(change) for change, _, _ in NEEDS} == set(get_args(Change))


@pytest.mark.parametrize(("change", "needs", "is_of_version"), NEEDS)
def test_what_a_change_needs(change: Change, needs: str | None, *, is_of_version: bool) -> None:
    enough = {None: set(PERMISSIONS), "EDIT": {"EDIT", "MANAGE"}, "MANAGE": {"MANAGE"}}[needs]
    for has in PERMISSIONS:
        expected = [] if has in enough else [(has, needs)]
        assert missing(change, told={"mnist": has}) == expected
        # Versions may have permissions of their own: then the model's tell nothing of them.
        apart = missing(change, told={"mnist": has}, covers_versions=False)
        assert apart == ([] if is_of_version else expected)


def test_the_highest_need_of_a_model_counts_once() -> None:
    changes = (SetTag(None, None, "a", None, "b"), DeleteAlias("x", 1), SetAlias(0, "y", 1, 2))
    assert missing(*changes, told={"mnist": "EDIT"}) == [("EDIT", "MANAGE")]


def test_what_is_not_told_is_not_missing() -> None:
    change = DeleteAlias("champion", 1)
    assert missing(change, told={}) == []
    assert missing(change, told={"other": "READ"}) == []
    assert missing(change, told={"mnist": "READ"}, is_new=True) == []
    assert missing(told={"mnist": "READ"}) == []


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_an_upload_needs_edit_on_its_experiment(permission: str) -> None:
    uploaded = CreateVersion(0, Source("models/x", "sha256:1", directory="/models/x"), "", {})
    models = [
        ModelPlan(name, DesiredModel(name), None, (), changes)
        for name, changes in (("one", (uploaded,)), ("two", (CreateVersion(0, SOURCE, "", {}),)))
    ]
    right = UploadRight("bob", "registrar", permission)
    found = list(find_missing_upload_rights(Plan(SERVER, tuple(models)), right))
    expected = [] if permission in {"EDIT", "MANAGE"} else ["one"]
    assert [missing.model for missing in found] == expected
    for missing in found:
        words = f"one: bob has the permission {permission} on the experiment 'registrar', and the plan needs EDIT"
        assert missing.problem.message == words
        assert missing.note.values["has"] == f"{permission} on the experiment 'registrar'"

"""Plans as values: what they count, when they are in sync, and what their checksum covers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    Context,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetDescription,
    SetTag,
    add_version_number,
    entry_of,
    version_of,
)
from registrar.changes.events import EventContext
from registrar.changes.plan import ModelPlan, Plan
from registrar.changes.version_difference import VersionDifference
from registrar.signature_comparison import SignatureComparison
from registrar.state import MANAGED_TAG, DesiredModel, DesiredVersion, File, Server, Source, Stored

if TYPE_CHECKING:
    from registrar.changes.changes import Change

SERVER = Server("http://host", "http://host", "3.17.2")
FILES = (File("MLmodel", "/here/models/mnist/MLmodel", 10),)
SOURCE = Source("models/mnist", "A", directory="/here/models/mnist", files=FILES)
CREATE_MODEL = CreateModel("mnist", "Digits", {"team": "vision"})
CREATE = CreateVersion(1, SOURCE, "Two layers", {"lr": "1"})
ADOPT = AdoptVersion(0, 1, {"registrar_digest": "A"})
MANAGE = SetTag(1, 0, MANAGED_TAG, "[]", '["a"]')
MANAGE_MODEL = SetTag(None, None, MANAGED_TAG, None, '["a"]')
TAG = SetTag(1, 0, "a", None, "1")
MOVE = SetAlias(1, "champion", 1, 2)
MODEL = DesiredModel(
    "mnist", versions=(DesiredVersion(Source("a", "A")), DesiredVersion(Source("b", "B")))
)
ONE_OF_EACH: tuple[Change, ...] = (
    CREATE_MODEL,
    CREATE,
    AdoptModel({MANAGED_TAG: "[]"}),
    ADOPT,
    TAG,
    DeleteTag(1, 0, "a", "1"),
    SetDescription(None, None, "", "Digits"),
    RecordEvent(1, "champion", 1, 2, "B"),
    MOVE,
    DeleteAlias("champion", 1),
    DeleteVersion(2, "A", "m"),
)


def plan(*changes: Change) -> ModelPlan:
    return ModelPlan("mnist", MODEL, None, (1, 2), changes)


def checksum(*changes: Change) -> str:
    return Plan(SERVER, (plan(*changes),)).checksum


@pytest.mark.parametrize(
    ("changes", "in_sync"),
    [
        ((SetTag(1, 0, "registrar_lineage", None, "[]"),), True),
        ((), True),
        ((ADOPT,), True),
        ((MANAGE,), True),
        ((ADOPT, MANAGE_MODEL), True),
        ((TAG,), False),
        ((MANAGE, TAG), False),
        ((ADOPT, MOVE), False),
    ],
)
def test_only_what_a_user_declared_can_drift(changes: tuple[Change, ...], *, in_sync: bool) -> None:
    assert plan(*changes).in_sync == in_sync
    assert Plan(SERVER, (plan(), plan(*changes))).in_sync == in_sync


@pytest.mark.parametrize(
    ("changes", "actions"),
    [
        ((), ["none", "none"]),
        ((ADOPT, TAG), ["adopt", "none"]),
        ((TAG, MOVE), ["update", "update"]),
        ((CREATE, MOVE), ["none", "create"]),
        ((MANAGE_MODEL,), ["none", "none"]),
    ],
)
def test_the_action_of_each_declared_version(
    changes: tuple[Change, ...], actions: list[str]
) -> None:
    assert [plan(*changes).action_of(entry) for entry in (0, 1)] == actions


def test_a_summary_counts_changes_by_action_and_models_without_changes() -> None:
    assert Plan(SERVER, (plan(), plan(ADOPT, MANAGE, TAG, MOVE))).summary == {
        "create": 1,
        "update": 0,
        "move": 1,
        "remove": 0,
        "adopt": 1,
        "records": 1,
        "unchanged": 1,
    }


def test_a_plan_uploads_only_what_has_no_place_in_a_store() -> None:
    reference = replace(CREATE, source=Source("s3://b/m", "ref-sha256:1", "s3://b/m"))
    assert Plan(SERVER, (plan(CREATE),)).uploaded_files == FILES
    assert not Plan(SERVER, (plan(reference, TAG),)).uploaded_files


def test_a_checksum_does_not_depend_on_the_order_of_models() -> None:
    first, second = (
        ModelPlan(name, DesiredModel(name), None, (), (CreateModel(name, "", {}),)) for name in "ab"
    )
    both = Plan(SERVER, (first, second)).checksum
    assert both == Plan(SERVER, (second, first)).checksum
    assert both != Plan(SERVER, (first,)).checksum
    assert len(both) == len("sha256:") + 64


def test_a_checksum_leaves_out_models_without_changes() -> None:
    unchanged = ModelPlan("other", DesiredModel("other"), None, ())
    assert Plan(SERVER, (plan(TAG), unchanged)).checksum == Plan(SERVER, (plan(TAG),)).checksum


@pytest.mark.parametrize("change", ONE_OF_EACH, ids=lambda change: type(change).__name__)
def test_a_checksum_covers_every_field_that_is_written(change: Any) -> None:
    for name in change.__slots__:
        value = getattr(change, name)
        other = {"team": "other"} if isinstance(value, dict) else 7 if name != "source" else None
        if name == "context" and isinstance(change, RecordEvent):
            context = EventContext("registrar_event_1", {"user": "ann"}, "sha256:1", ({},), ("x",))
            assert checksum(change.with_context(context)) == checksum(change)
        elif name == "context":
            changed = change.with_context(Context({"git_commit": "c0ffee"}, Stored("s", "l")))
            assert checksum(changed) == checksum(change)
        elif name == "difference":
            reason = VersionDifference(1, ("MLmodel",), 1)
            assert checksum(replace(change, difference=reason)) == checksum(change)
        elif name == "saved_amount":
            assert checksum(replace(change, saved_amount=(1, 2))) == checksum(change)
        elif name == "signature":
            breaking = SignatureComparison("breaking")
            assert checksum(replace(change, signature=breaking)) == checksum(change)
        elif isinstance(value, Source):
            others = (
                replace(value, uri="x"),
                replace(value, digest="B"),
                replace(value, stored="s"),
                replace(value, run_id="r"),
                replace(value, model_id="m"),
            )
            assert checksum(change) not in {checksum(replace(change, source=s)) for s in others}
            moved = replace(value, directory="/elsewhere", files=(File("a", "/elsewhere/a", 9),))
            assert checksum(replace(change, source=moved)) == checksum(change)
        else:
            changed = replace(change, **{name: other})
            assert checksum(changed) != checksum(change), name


def test_kinds_of_change_with_equal_fields_have_different_checksums() -> None:
    assert len({checksum(change) for change in ONE_OF_EACH}) == len(ONE_OF_EACH)
    assert checksum(AdoptModel({"a": "1"})) != checksum(AdoptVersion(0, 1, {"a": "1"}))


def test_a_checksum_covers_the_registry_in_any_spelling() -> None:
    same, other = Server("HTTP://host/", "", None), Server("http://other", "", None)
    assert Plan(same, (plan(TAG),)).checksum == checksum(TAG)
    assert Plan(other, (plan(TAG),)).checksum != checksum(TAG)


def test_a_context_adds_provenance_to_new_versions_only() -> None:
    filled = plan(*ONE_OF_EACH).with_context(Context({"git_commit": "c0ffee", "lr": "2"}))
    creation = filled.changes[1]
    assert isinstance(creation, CreateVersion)
    assert creation.all_tags == {
        "lr": "1",
        "git_commit": "c0ffee",
        "registrar_provenance": '["git_commit","lr"]',
    }
    assert creation.tags == CREATE.tags
    managed = replace(CREATE, tags={**CREATE.tags, MANAGED_TAG: '["lr"]'})
    by_file = managed.with_context(Context({"git_commit": "c0ffee", "lr": "2"}))
    assert by_file.all_tags["registrar_provenance"] == '["git_commit"]'
    assert filled.changes == ONE_OF_EACH


def test_the_entry_and_the_version_of_each_kind_of_change() -> None:
    assert [(entry_of(change), version_of(change)) for change in ONE_OF_EACH] == [
        (None, None),
        (1, None),
        (None, None),
        (0, 1),
        (0, 1),
        (0, 1),
        (None, None),
        (1, 2),
        (1, 2),
        (None, None),
        (None, 2),
    ]


def test_a_created_version_gives_its_number_to_the_changes_of_its_entry() -> None:
    numbered = [add_version_number(change, {1: 5}) for change in ONE_OF_EACH]
    assert [a for a, b in zip(numbered, ONE_OF_EACH, strict=True) if a != b] == [
        replace(CREATE, version=5),
        RecordEvent(1, "champion", 1, 5, "B"),
        replace(MOVE, version=5),
    ]

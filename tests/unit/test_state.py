"""Plans and reports as values: what they count, and when nothing is to be reported."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from registrar.report import Outcome, Report
from registrar.state import (
    Change,
    DesiredModel,
    DesiredVersion,
    ModelPlan,
    ObservedModel,
    ObservedVersion,
    Plan,
    Server,
    Source,
)

SERVER = Server("http://host", "http://host", "3.17.2")
ADOPT = Change("adopt", "version", version=1, entry=0)
CLAIM = Change("update", "tag", "metadata.registrar_managed", "[]", '["a"]', 1, 0)
CLAIM_PARENT = Change("create", "tag", "registered_model.tags.registrar_managed", None, '["a"]')
TAG = Change("create", "tag", "metadata.a", None, "1", 1, 0)
MOVE = Change("move", "alias", "champion", 1, 2, 2, 1)
MODEL = DesiredModel(
    "mnist", versions=(DesiredVersion(Source("a", "A")), DesiredVersion(Source("b", "B")))
)


def plan(*changes: Change) -> ModelPlan:
    return ModelPlan("mnist", MODEL, None, (1, 2), changes)


@pytest.mark.parametrize(
    ("changes", "in_sync"),
    [
        ((), True),
        ((ADOPT,), True),
        ((CLAIM,), True),
        ((ADOPT, CLAIM_PARENT), True),
        ((TAG,), False),
        ((CLAIM, TAG), False),
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
        ((Change("create", "version", entry=1), MOVE), ["none", "create"]),
        ((CLAIM_PARENT,), ["none", "none"]),
    ],
)
def test_what_happens_to_each_declared_version(
    changes: tuple[Change, ...], actions: list[str]
) -> None:
    assert [plan(*changes).action_of(entry) for entry in range(2)] == actions


def test_a_summary_counts_changes_by_action_and_models_without_any() -> None:
    assert Plan(SERVER, (plan(), plan(ADOPT, CLAIM, TAG, MOVE))).summary == {
        "create": 1,
        "update": 1,
        "move": 1,
        "remove": 0,
        "adopt": 1,
        "unchanged": 1,
    }


def test_a_report_counts_what_was_done_only() -> None:
    whole = plan(TAG, MOVE)
    stopped = Report("apply", 5, Plan(SERVER, (whole,)), (Outcome(whole, (TAG,), (MOVE,)),))
    assert (stopped.summary["create"], stopped.summary["move"]) == (1, 0)
    assert stopped.models == (whole,)
    planned = Report("plan", 0, Plan(SERVER, (whole,)))
    assert (planned.summary["create"], planned.summary["move"]) == (1, 1)
    assert (Report("validate").summary["create"], Report("validate").models) == (0, ())


def test_the_checksum_is_of_the_changes_not_of_their_order_by_model() -> None:
    def other(name: str) -> ModelPlan:
        return ModelPlan(
            name, DesiredModel(name), None, (), (Change("create", "model", after=name),)
        )

    one, two = other("a"), other("b")
    checksum = Plan(SERVER, (one, two)).checksum
    assert checksum == Plan(SERVER, (two, one)).checksum
    assert checksum != Plan(SERVER, (one,)).checksum
    assert checksum.startswith("sha256:")
    assert len(checksum) == len("sha256:") + 64


def test_a_source_knows_under_which_uris_it_may_be_registered() -> None:
    local = Source("models/mnist", "A", directory="/r/models/mnist")
    assert local.spellings == ("models/mnist", "/r/models/mnist", "file:///r/models/mnist")
    assert Source("runs:/r/m", "R", "s3://b/m", "r").spellings == ("runs:/r/m", "s3://b/m")


def test_aliases_of_a_model_by_number() -> None:
    versions = (
        ObservedVersion(1, aliases=("a", "b")),
        ObservedVersion(2, aliases=("c",)),
        ObservedVersion(3),
    )
    assert ObservedModel("mnist", versions=versions).aliases == {"a": 1, "b": 1, "c": 2}


def test_state_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        MODEL.name = "other"  # type: ignore[misc]


def test_a_plan_shows_no_user_of_a_source() -> None:
    source = Source("https://token@host/m", "A")
    model = DesiredModel("mnist", versions=(DesiredVersion(source),))
    report = Report("plan", plan=Plan(SERVER, (ModelPlan("mnist", model, None, (None,)),)))
    (version,) = report.to_dict()["models"][0]["versions"]
    assert version["source"] == "https://host/m"

"""Protection: which changes need a permission, and what the refusal says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from registrar.changes.changes import DeleteAlias, SetAlias, SetTag
from registrar.changes.plan import ModelPlan, Plan
from registrar.errors import Place
from registrar.policy.protection import (
    deletion_problems,
    new_protection_problems,
    owner_problems,
    protection_problems,
)
from registrar.state import PROTECTED_TAG, DesiredModel, ObservedModel, ObservedVersion, Server

if TYPE_CHECKING:
    from registrar.changes.changes import Change

SERVER = Server("http://host", "http://host")
TAG = SetTag(None, None, "team", None, "vision")
MOVE = SetAlias(0, "champion", 1, None)
MOVE_BACK = SetAlias(0, "champion", 2, 1)
DELETE = DeleteAlias("champion", 1)


def plan(*changes: Change, owner: str | None = None, observed_owner: str | None = None) -> Plan:
    desired = DesiredModel("mnist", owner=owner, protected=("champion",))
    observed = ObservedModel("mnist", owner=observed_owner)
    return Plan(SERVER, (ModelPlan("mnist", desired, observed, (), changes),))


def problems(
    plan: Plan, *, allow_protected: tuple[str, ...] = (), allow_takeover: bool = False
) -> list[tuple[str, str]]:
    found = protection_problems(
        plan, allow_protected=allow_protected, allow_takeover=allow_takeover
    )
    return [(problem.code, problem.message) for problem in found]


@pytest.mark.parametrize(
    ("change", "target"),
    [(MOVE, "a new version"), (MOVE_BACK, "version 1"), (DELETE, "no version")],
)
def test_a_protected_alias_moves_only_with_a_permission(
    change: SetAlias | DeleteAlias, target: str
) -> None:
    message = (
        "mnist: the alias 'champion' is protected and would move from "
        f"version {change.before} to {target}"
    )
    assert problems(plan(change)) == [("protected-alias", message)]
    assert problems(plan(change), allow_protected=("other",)) != []
    assert problems(plan(change), allow_protected=("champion",)) == []


@pytest.mark.parametrize("change", [SetAlias(0, "champion", None, 1), SetAlias(0, "x", 1, 2), TAG])
def test_a_new_alias_and_other_aliases_need_no_permission(change: Change) -> None:
    assert problems(plan(change)) == []


def test_another_owners_model_changes_only_with_a_permission() -> None:
    theirs = plan(TAG, owner="ours", observed_owner="theirs")
    message = "mnist has the owner theirs, and this configuration has the owner ours"
    assert problems(theirs) == [("other-owner", message)]
    assert problems(theirs, allow_takeover=True) == []
    without = plan(TAG, observed_owner="theirs")
    assert problems(without)[0][1].endswith("and this configuration has none")


def test_a_problem_names_the_file_of_its_model() -> None:
    (model,) = plan(MOVE, owner="ours", observed_owner="theirs").models
    placed = Plan(SERVER, (replace(model, origin="configs/model/mnist.yaml"),))
    found = protection_problems(placed, allow_protected=(), allow_takeover=False)
    assert [problem.place for problem in found] == [Place("configs/model/mnist.yaml")] * 2


def test_a_model_without_changes_has_no_problem() -> None:
    assert problems(plan(owner="ours", observed_owner="theirs")) == []


def test_a_model_without_an_owner_may_be_given_one() -> None:
    assert list(owner_problems(ObservedModel("mnist"), "ours")) == []
    assert problems(plan(TAG, owner="ours")) == []


def test_a_new_model_belongs_to_nobody() -> None:
    desired = DesiredModel("mnist", owner="ours")
    model = ModelPlan("mnist", desired, None, (), (TAG,))
    assert problems(Plan(SERVER, (model,))) == []


ADDED = SetTag(None, None, PROTECTED_TAG, '["x"]', '["champion","x"]')
CUT = SetTag(None, None, PROTECTED_TAG, '["champion","x"]', '["x"]')


def server_plan(
    change: Change, protected: tuple[str, ...], *, declared: tuple[str, ...] | None
) -> Plan:
    """A plan for a model whose protection the server knows."""
    desired = DesiredModel("mnist", protected=declared)
    observed = ObservedModel("mnist", protected=protected)
    return Plan(SERVER, (ModelPlan("mnist", desired, observed, (), (change,)),))


@pytest.mark.parametrize("declared", [None, ("x",)])
@pytest.mark.parametrize("change", [MOVE, DELETE])
def test_the_server_protects_what_the_file_does_not(
    change: Change, declared: tuple[str, ...] | None
) -> None:
    moved = server_plan(change, ("champion", "x"), declared=declared)
    assert [code for code, _ in problems(moved)] == ["protected-alias"]
    assert problems(moved, allow_protected=("champion",)) == []


def test_lifting_a_protection_is_guarded_and_adding_one_is_not() -> None:
    lifted = server_plan(CUT, ("champion", "x"), declared=("x",))
    message = "mnist: the alias 'champion' is protected and would lose its protection"
    assert problems(lifted) == [("protected-alias", message)]
    assert problems(lifted, allow_protected=("x",)) != []
    assert problems(lifted, allow_protected=("champion",)) == []
    assert problems(server_plan(ADDED, ("x",), declared=("champion", "x"))) == []


MODEL = ObservedModel(
    "mnist",
    versions=(ObservedVersion(1, aliases=("champion", "x")), ObservedVersion(2, aliases=("y",))),
    protected=("champion", "later"),
)


@pytest.mark.parametrize(
    ("version", "declared", "allowed", "refused"),
    [
        pytest.param(1, (), (), {"champion"}, id="the server's"),
        pytest.param(1, ("x",), (), {"champion", "x"}, id="the file's as well"),
        pytest.param(1, (), ("champion",), set(), id="allowed"),
        pytest.param(2, ("x",), (), set(), id="another version"),
        pytest.param(None, ("x",), (), {"champion", "x", "later"}, id="the whole model"),
        pytest.param(None, (), ("champion",), {"later"}, id="a protection goes with the model"),
    ],
)
def test_a_deletion_is_guarded_as_a_move_is(
    version: int | None, declared: tuple[str, ...], allowed: tuple[str, ...], refused: set[str]
) -> None:
    found = deletion_problems(MODEL, version, declared=declared, allow_protected=allowed)
    hints = {f"Allow it with allow_protected={alias}." for alias in refused}
    assert {problem.hint for problem in found} == hints


@pytest.mark.parametrize(
    ("before", "declared", "now", "refused"),
    [
        pytest.param((), None, ("champion",), True, id="somebody else has protected it"),
        pytest.param(None, None, None, False, id="nobody"),
        pytest.param(
            ("champion",), None, ("champion",), False, id="the plan knew, and was allowed"
        ),
        pytest.param((), ("champion",), ("champion",), False, id="an equal run was first"),
        pytest.param((), None, ("other",), False, id="another alias"),
    ],
)
def test_protection_that_comes_after_the_plan_holds(
    before: tuple[str, ...] | None,
    declared: tuple[str, ...] | None,
    now: tuple[str, ...] | None,
    *,
    refused: bool,
) -> None:
    (model,) = server_plan(MOVE, before or (), declared=declared).models
    found = list(new_protection_problems(model, ObservedModel("mnist", protected=now)))
    assert [problem.code for problem in found] == ["protected-alias"] * refused

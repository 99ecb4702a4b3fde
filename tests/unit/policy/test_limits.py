"""Limits on mass change: what counts, and from where on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from registrar.changes.changes import (
    Change,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    SetAlias,
    SetTag,
)
from registrar.changes.plan import ModelPlan, Plan
from registrar.policy.limits import Limits, mass_deletion_problems, mass_problems
from registrar.state import DesiredModel, ObservedModel, ObservedVersion, Server

MOVE = SetAlias(0, "champion", 1, None)
MOVE_OPEN = SetAlias(0, "latest", 1, None)
NEW = SetAlias(0, "challenger", None, 1)
DEFAULT = Limits.parse({})
ALL = Limits.parse({"aliases": "all"})


def plan(changed: int, of: int, *changes: Change, exist: bool = True) -> Plan:
    """A plan with the changes for the first models of a fleet."""
    models = []
    for index in range(of):
        version = ObservedVersion(1, tags={"lr": "1"}, aliases=("champion", "latest"))
        observed = ObservedModel(f"m{index}", versions=(version,), protected=("champion",))
        models.append(
            ModelPlan(
                f"m{index}",
                DesiredModel(f"m{index}"),
                observed if exist else None,
                (1,),
                changes if index < changed else (),
            )
        )
    return Plan(Server("http://host", "http://host"), tuple(models))


def messages(plan: Plan, limits: Limits = DEFAULT) -> list[str]:
    return [problem.message for problem in mass_problems(plan, limits)]


def test_protected_aliases_move_a_few_at_a_time() -> None:
    assert messages(plan(3, 10, MOVE, NEW)) == []
    assert messages(plan(4, 10, MOVE)) == [
        "this would move 4 of 10 protected aliases, and limits.moved_aliases is 30%"
    ]
    assert messages(plan(9, 9, MOVE)) == []  # too few to speak of a share
    assert messages(plan(10, 10, MOVE, exist=False)) == []


def test_all_aliases_count_where_the_limits_say_so() -> None:
    assert messages(plan(10, 10, MOVE_OPEN)) == []
    assert messages(plan(7, 10, MOVE_OPEN), ALL) == [
        "this would move 7 of 20 aliases, and limits.moved_aliases is 30%"
    ]


def test_removals_count_for_each_kind() -> None:
    alias, tag = DeleteAlias("latest", 1), DeleteTag(1, 0, "lr", "1")
    record = DeleteTag(1, 0, "registrar_moved", "[]")
    assert messages(plan(3, 10, alias, tag)) == []
    assert messages(plan(10, 10, DeleteVersion(2, "sha256:1", ""))) == []  # a duplicate
    assert messages(plan(4, 10, tag, record, SetTag(1, 0, "x", None, "y"))) == [
        "this would remove 4 of 10 tags, and limits.removed is 30%"
    ]
    assert messages(plan(7, 10, alias)) == [
        "this would remove 7 of 20 aliases, and limits.removed is 30%"
    ]


@pytest.mark.parametrize(
    ("node", "limits"),
    [
        ({}, Limits()),
        (
            {"moved_aliases": "12.5%", "removed": "100%", "from": 2, "aliases": "all"},
            Limits(Decimal("12.5"), Decimal(100), 2, counts_all=True),
        ),
    ],
)
def test_limits_are_read(node: dict[str, object], limits: Limits) -> None:
    assert Limits.parse(node) == limits


def test_nothing_exceeds_a_hundred_percent_and_everything_exceeds_zero() -> None:
    assert messages(plan(10, 10, MOVE), Limits(Decimal(100))) == []
    assert len(messages(plan(1, 10, MOVE), Limits(Decimal(0)))) == 1


def test_an_owner_loses_a_few_models_at_a_time() -> None:
    assert list(mass_deletion_problems(3, 10, DEFAULT)) == []
    assert list(mass_deletion_problems(5, 9, DEFAULT)) == []
    (problem,) = mass_deletion_problems(4, 10, DEFAULT)
    assert problem.code == "mass-change"
    assert problem.message == "this would delete 4 of 10 models, and limits.removed is 30%"

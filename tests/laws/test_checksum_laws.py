"""For generated states: equal plans, and only they, have equal checksums."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given

from registrar.changes.diff import diff
from registrar.state import (
    DesiredModel,
    DesiredVersion,
    ObservedModel,
    Source,
)
from tests.laws.generated_states import (
    checksum,
    desired_models,
    law,
    observed_models,
    planned,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.plan import ModelPlan


@law
@given(desired_models(), observed_models())
def test_the_order_of_keys_does_not_matter(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    def turned(model: Any) -> Any:
        versions = tuple(replace(v, tags=backwards(v.tags)) for v in model.versions)
        return replace(model, tags=backwards(model.tags), versions=versions)

    plan = planned(desired, observed)
    other = diff("mnist", turned(desired), turned(observed) if observed else None)
    assert other.changes == plan.changes
    assert checksum(other) == checksum(plan)


@law
@given(desired_models(), desired_models(), observed_models())
def test_checksums_are_equal_for_equal_plans_only(
    one: DesiredModel, other: DesiredModel, observed: ObservedModel | None
) -> None:
    first, second = planned(one, observed), planned(other, observed)
    assert (checksum(first) == checksum(second)) == (first.changes == second.changes)


def test_a_checksum_tells_which_new_version_gets_an_alias() -> None:
    def plan(first: tuple[str, ...], second: tuple[str, ...]) -> ModelPlan:
        pairs = zip("AB", (first, second), strict=True)
        versions = tuple(DesiredVersion(Source(d, d), aliases=names) for d, names in pairs)
        return diff("mnist", DesiredModel("mnist", versions=versions), ObservedModel("mnist"))

    assert checksum(plan(("x", "y"), ())) != checksum(plan(("x",), ("y",)))


def test_a_checksum_tells_the_registry() -> None:
    assert checksum(EMPTY, "http://one") != checksum(EMPTY, "http://other")


EMPTY = diff("mnist", DesiredModel("mnist"), None)


def backwards(mapping: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if mapping is None else dict(reversed(list(mapping.items())))

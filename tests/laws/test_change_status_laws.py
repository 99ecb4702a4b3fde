"""Done, open, stale: where the changes of a plan stand, for generated states."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from registrar.changes.change_status import check_changes, find_unmet
from registrar.changes.changes import RecordEvent, SetAlias, SetDescription, SetTag
from tests.laws.generated_states import desired_models, law, observed_models, planned, replay

if TYPE_CHECKING:
    from registrar.state import DesiredModel, ObservedModel


@law
@given(desired_models(), observed_models())
def test_after_any_number_of_changes_these_are_done_and_the_others_open(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    plan = planned(desired, observed)
    for count in range(len(plan.changes) + 1):
        killed = replay(plan, observed, count)
        found = [status.state for status in check_changes(plan.changes, killed)]
        made = count
        if count and isinstance(plan.changes[count - 1], RecordEvent):
            made -= 1  # an event counts when its alias has moved
        assert found == ["done"] * made + ["open"] * (len(plan.changes) - made)
    assert find_unmet(plan.changes, replay(plan, observed)) == ()


@law
@given(desired_models(), observed_models(), st.data())
def test_a_field_that_somebody_else_changed_is_stale(
    desired: DesiredModel, observed: ObservedModel | None, data: st.DataObject
) -> None:
    plan = planned(desired, observed)
    if observed is None:
        return
    fields = [c for c in plan.changes if isinstance(c, SetTag | SetDescription | SetAlias)]
    theirs = [change for change in fields if not _is_own(change)]
    assume(theirs)
    change = data.draw(st.sampled_from(theirs))
    other = _changed_by_others(observed, change)
    assume(other is not None)
    (status,) = (f for f in check_changes(plan.changes, other) if f.change == change)
    assert status.state == "stale"
    assert change in [status.change for status in find_unmet(plan.changes, other)]


def _is_own(change: SetTag | SetDescription | SetAlias) -> bool:
    return isinstance(change, SetTag) and change.key.startswith("registrar_")


def _changed_by_others(
    observed: ObservedModel, change: SetTag | SetDescription | SetAlias
) -> ObservedModel | None:
    """The model with a value that the plan does not know; None where there is no other value."""
    match change:
        case SetAlias(alias=alias, before=before, version=version):
            free = [v for v in observed.versions if v.number not in {before, version}]
            versions = tuple(
                replace(
                    v,
                    aliases=tuple({*v.aliases} - {alias} | ({alias} if v in free[:1] else set())),
                )
                for v in observed.versions
            )
            return replace(observed, versions=versions) if free else None
        case SetTag(version=None, key=key):
            return replace(observed, tags={**observed.tags, key: "theirs"})
        case SetDescription(version=None):
            return replace(observed, description="theirs")
        case SetTag(version=number, key=key):
            return _with_version(observed, number, tags={key: "theirs"})
        case SetDescription(version=number):
            return _with_version(observed, number, description="theirs")


def _with_version(observed: ObservedModel, number: int | None, **fields: object) -> ObservedModel:
    versions = tuple(
        replace(v, **fields) if v.number == number else v  # type: ignore[arg-type]
        for v in observed.versions
    )
    return replace(observed, versions=versions)

"""The laws of plans, for generated states: they converge, in a safe order."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given

from registrar.changes.changes import (
    Change,
    Context,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetTag,
)
from registrar.changes.diff import diff
from registrar.state import (
    MANAGED_TAG,
    DesiredModel,
    ObservedModel,
)
from tests.laws.generated_states import (
    checksum,
    desired_models,
    law,
    observed_models,
    planned,
    replay,
    tags,
)

RANKS = ("model", "version", "tag", "description", "alias")
RANK_OF = {"event": "alias"}  # it stands before each alias


@law
@given(desired_models(), observed_models())
def test_a_plan_carried_out_leaves_nothing_to_do(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    plan = planned(desired, observed)
    after = replay(plan, observed)
    assert diff("mnist", desired, after).changes == ()
    assert after is not None
    held = {version.number: version for version in after.versions}
    for version, number in zip(
        desired.versions, diff("mnist", desired, after).matches, strict=True
    ):
        assert number is not None
        found = held[number]
        assert found.digest == version.digest
        assert set((version.tags or {}).items()) <= set(found.tags.items())
        assert set(version.aliases or ()) <= set(found.aliases)
        assert version.description in {None, found.description}
        assert found.lineage is not None or version.lineage is None
    assert desired.description in {None, after.description}
    assert set((desired.tags or {}).items()) <= set(after.tags.items())
    assert desired.owner in {None, after.owner}


@law
@given(desired_models(), observed_models())
def test_a_version_that_is_not_ready_stays_as_it_is(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    plan = planned(desired, observed)
    versions = observed.versions if observed is not None else ()
    unready = {version.number for version in versions if not version.is_ready}
    assert unready.isdisjoint(plan.matches)
    assert unready.isdisjoint(getattr(change, "version", None) for change in plan.changes)
    pending = {version.digest for version in versions if version.is_pending}
    ready = {version.digest for version in versions if version.is_ready}
    created = {c.source.digest for c in plan.changes if isinstance(c, CreateVersion)}
    assert created.isdisjoint(pending - ready)


@law
@given(desired_models(), observed_models(), tags)
def test_provenance_is_written_once_and_never_compared(
    desired: DesiredModel, observed: ObservedModel | None, provenance: dict[str, str]
) -> None:
    plan = planned(desired, observed)
    filled = plan.with_context(Context(provenance))
    assert (filled.changes, checksum(filled)) == (plan.changes, checksum(plan))
    after = replay(filled, observed)
    assert after is not None
    assert diff("mnist", desired, after).changes == ()
    known = {version.number for version in observed.versions} if observed else set()
    for version in after.versions:
        if version.number not in known:
            assert set(provenance) <= set(version.tags)
            assert version.provenance.items() <= provenance.items()


@law
@given(desired_models(), observed_models())
def test_killed_after_any_change_the_next_run_ends_the_same(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    plan = planned(desired, observed)
    undisturbed = replay(plan, observed)
    for count in range(len(plan.changes) + 1):
        killed = replay(plan, observed, count)
        assert replay(diff("mnist", desired, killed), killed) == undisturbed


@law
@given(desired_models(), observed_models())
def test_changes_come_in_the_safe_order(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    changes = planned(desired, observed).changes
    changes = changes[len(list(itertools.takewhile(is_removed, changes))) :]
    leaving = [i for i, change in enumerate(changes) if is_leaving(change)]
    coming = [i for i, change in enumerate(changes) if not is_leaving(change)]
    ranks = [RANKS.index(RANK_OF.get(changes[i].kind, changes[i].kind)) for i in coming]
    shrinking = len(list(trailing_ownership(changes)))
    assert ranks[: len(ranks) - shrinking] == sorted(ranks[: len(ranks) - shrinking])
    if leaving:
        first = leaving[0]
        assert all(is_leaving(c) or is_ownership(c) for c in changes[first:])
    for index, change in enumerate(changes):
        if isinstance(change, SetAlias | DeleteAlias):
            event = changes[index - 1]
            assert isinstance(event, RecordEvent)
            assert (event.alias, event.before) == (change.alias, change.before)
        if isinstance(change, SetAlias) and change.version is None:
            created = [c.entry for c in changes[:index] if isinstance(c, CreateVersion)]
            assert change.entry in created


def is_ownership(change: Change) -> bool:
    return isinstance(change, SetTag) and change.key == MANAGED_TAG


def is_removed(change: Change) -> bool:
    return isinstance(change, DeleteVersion)


def is_leaving(change: Change) -> bool:
    is_removal = isinstance(change, RecordEvent) and change.is_removal
    return is_removal or isinstance(change, DeleteTag | DeleteAlias | DeleteVersion)


def trailing_ownership(changes: tuple[Change, ...]) -> Any:
    """The shrinking lists of keys at the end, among the removals."""
    for change in reversed(changes):
        if is_shrinking_list(change):
            yield change
        elif not is_leaving(change):
            return


def is_shrinking_list(change: Change) -> bool:
    match change:
        case SetTag(key="registrar_managed", before=str() as before, after=after):
            return len(after) < len(before)
        case _:
            return False

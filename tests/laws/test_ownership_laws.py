"""For generated states: a plan removes what registrar has set, and touches nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.laws.generated_states import (
    ALIASES,
    desired_models,
    law,
    observed_models,
    planned,
    replay,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import (
        DesiredModel,
        ObservedModel,
        ObservedVersion,
    )


@law
@given(observed_models(), desired_models(), st.data())
def test_nothing_is_orphaned_when_the_configuration_changes_after_a_kill(
    observed: ObservedModel | None, first: DesiredModel, data: st.DataObject
) -> None:
    plan = planned(first, observed)
    count = data.draw(st.integers(0, len(plan.changes)), label="changes made")
    killed = replay(plan, observed, count)
    assert_all_ours_is_claimed(killed, observed)
    digests = tuple(version.digest for version in first.versions)
    second = data.draw(desired_models(digests), label="the configuration then")
    after = replay(planned(second, killed), killed)
    assert_all_ours_is_claimed(after, observed)


@law
@given(observed_models(), desired_models(), st.data())
def test_what_registrar_set_is_gone_once_the_configuration_is_emptied(
    observed: ObservedModel | None, desired: DesiredModel, data: st.DataObject
) -> None:
    plan = planned(desired, observed)
    count = data.draw(st.integers(0, len(plan.changes)), label="changes made")
    killed = replay(plan, observed, count)
    emptied = replace(
        desired,
        tags={},
        versions=tuple(replace(version, tags={}, aliases=()) for version in desired.versions),
    )
    after = replay(planned(emptied, killed), killed)
    assert after is not None
    was = holders_of(observed)
    for number, tags_after in holders_of(after).items():
        assert tags_after.keys() <= was.get(number, {}).keys()
    if desired.versions:
        assert after.aliases.keys() <= (observed.aliases.keys() if observed else set())


@law
@given(desired_models(), observed_models())
def test_what_is_neither_declared_nor_registrars_is_untouched(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    assume(observed is not None)
    assert observed is not None
    plan = planned(desired, observed)
    after = replay(plan, observed)
    assert after is not None
    foreign = foreign_tags(observed, set(desired.tags or ()))
    assert foreign_tags(after, set(desired.tags or ()), observed) == foreign
    assert desired.description is not None or after.description == observed.description
    ours = set(desired.aliases) | {name[1:] for name in observed.managed or () if name[0] == "@"}
    for alias in set(ALIASES) - ours:
        assert after.aliases.get(alias) == observed.aliases.get(alias)
    left = {version.number: version for version in after.versions}
    for version in observed.versions:
        if version.number in plan.matches:
            declared = desired.versions[plan.matches.index(version.number)]
            named = set(declared.tags or ())
            assert foreign_tags(left[version.number], named, version) == foreign_tags(
                version, named
            )
            if declared.tags is None:
                assert left[version.number].tags == version.tags
            if declared.description is None:
                assert left[version.number].description == version.description
        elif version.number not in left:
            assert_only_ours(version, desired, observed)
        else:
            assert replace(left[version.number], aliases=()) == replace(version, aliases=())


def holders_of(model: ObservedModel | None) -> dict[int, Mapping[str, str]]:
    """The tags of the model (0) and of each version (its number)."""
    if model is None:
        return {}
    return {0: model.tags} | {v.number: v.tags for v in model.versions}


def foreign_tags(
    holder: ObservedModel | ObservedVersion,
    named: set[str],
    before: ObservedModel | ObservedVersion | None = None,
) -> dict[str, str]:
    """The tags that are neither declared nor were registrar's."""
    ours = named | set((before or holder).managed or ())
    return {key: value for key, value in holder.tags.items() if key not in ours}


def assert_only_ours(
    removed: ObservedVersion, desired: DesiredModel, observed: ObservedModel
) -> None:
    """A removed version has the bytes of a lower one that is declared, and nothing of its own."""
    assert removed.digest in {version.digest for version in desired.versions}
    assert set(removed.tags) <= {*(removed.managed or ()), *removed.provenance}
    ours = {f"@{alias}" for alias in desired.aliases} | set(observed.managed or ())
    assert {f"@{alias}" for alias in removed.aliases} <= ours


def assert_all_ours_is_claimed(model: ObservedModel | None, observed: ObservedModel | None) -> None:
    """Every tag and alias that differs from what was observed first is in `registrar_managed`."""
    if model is None:
        return
    was = holders_of(observed)
    managed = {0: set(model.managed or ())}
    managed |= {v.number: set(v.managed or ()) for v in model.versions}
    for number, now in holders_of(model).items():
        before = was.get(number, {})
        assert {key for key, value in now.items() if before.get(key) != value} <= managed[number]
    pointed = observed.aliases if observed else {}
    moved = {f"@{name}" for name, target in model.aliases.items() if pointed.get(name) != target}
    assert moved <= managed[0]

"""The laws of plans, for generated states."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from registrar.changes.changes import (
    Change,
    Context,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    SetAlias,
    SetTag,
)
from registrar.changes.diff import diff
from registrar.changes.plan import ModelPlan, Plan
from registrar.errors import ConfigError, RefusedError
from registrar.state import (
    MANAGED_TAG,
    DesiredModel,
    DesiredVersion,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)
from tests.support import plan_interpreter as interpreter

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS, ALIASES, DIGESTS = "abc", "xyz", "ABC"
RANKS = ("model", "version", "tag", "description", "alias")
law = settings(suppress_health_check=[HealthCheck.too_slow])

keys = st.sampled_from(KEYS)
tags = st.dictionaries(keys, st.sampled_from("12"))
descriptions = st.sampled_from(["", "old", "new"])
owners = st.sampled_from([None, "ours", "theirs"])
lineages = st.sampled_from([None, "[1]"])


def names(letters: str) -> Any:
    """A `registrar_managed` tag: absent, or a list."""
    return st.none() | st.sets(st.sampled_from(letters)).map(lambda found: tuple(sorted(found)))


@st.composite
def observed_models(draw: st.DrawFn) -> ObservedModel | None:
    """What a server may hold, hand-made and spoilt things among it."""
    if draw(st.integers(0, 7)) == 0:
        return None
    numbers = sorted(draw(st.sets(st.integers(1, 5), max_size=4)))
    holders = {alias: draw(st.sampled_from([None, *numbers])) for alias in ALIASES}
    versions = []
    for number in numbers:
        letter = draw(st.sampled_from(DIGESTS))
        by_hand = draw(st.integers(0, 2)) == 0
        held = draw(tags)
        versions.append(
            ObservedVersion(
                number=number,
                digest=None if by_hand else letter,
                source=f"s3://b/{letter}",
                description=draw(descriptions),
                tags=held,
                aliases=tuple(alias for alias in ALIASES if holders[alias] == number),
                managed=draw(names(KEYS)),
                config=None if by_hand else "mnist",
                provenance=held if draw(st.integers(0, 3)) == 0 else {},
                lineage=None if by_hand else draw(lineages),
            )
        )
    managed = draw(names(KEYS + ALIASES))
    return ObservedModel(
        name="mnist",
        description=draw(descriptions),
        tags=draw(tags),
        versions=tuple(versions),
        managed=None
        if managed is None
        else tuple(sorted(f"@{name}" if name in ALIASES else name for name in managed)),
        owner=draw(owners),
    )


@st.composite
def desired_models(draw: st.DrawFn, digests: tuple[str, ...] | None = None) -> DesiredModel:
    """What a valid configuration may ask for."""
    if digests is None:
        digests = tuple(draw(st.lists(st.sampled_from(DIGESTS), unique=True, max_size=3)))
    free = draw(st.permutations(ALIASES))
    versions = []
    for digest in digests:
        count = draw(st.none() | st.integers(0, 2))
        given_, free = free[: count or 0], free[count or 0 :]
        source = f"s3://b/{digest}"
        uploaded = Source(f"models/{digest}", digest, directory=f"/here/models/{digest}")
        versions.append(
            DesiredVersion(
                source=draw(st.sampled_from([Source(source, digest, source), uploaded])),
                pin=draw(st.integers(1, 3)) if draw(st.integers(0, 7)) == 7 else None,
                description=draw(st.none() | descriptions),
                tags=draw(st.none() | tags),
                aliases=None if count is None else tuple(given_),
                config="mnist",
                lineage=draw(lineages),
            )
        )
    return DesiredModel(
        name="mnist",
        description=draw(st.none() | descriptions),
        tags=draw(st.none() | tags),
        versions=tuple(versions),
        owner=draw(owners),
    )


def replay(
    plan: ModelPlan, observed: ObservedModel | None, count: int | None = None
) -> ObservedModel | None:
    """The model after some changes, where no number below 10 is free."""
    return interpreter.replay(plan.changes[:count], observed, highest=9)


def planned(desired: DesiredModel, observed: ObservedModel | None) -> ModelPlan:
    """The plan; a generated state that a guard refuses is another matter."""
    try:
        return diff("mnist", desired, observed)
    except (ConfigError, RefusedError):
        assume(False)
        raise


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


@law
@given(desired_models(), observed_models())
def test_changes_come_in_the_safe_order(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    changes = planned(desired, observed).changes
    changes = changes[len(list(itertools.takewhile(is_removed, changes))) :]
    leaving = [i for i, change in enumerate(changes) if is_leaving(change)]
    coming = [i for i, change in enumerate(changes) if not is_leaving(change)]
    ranks = [RANKS.index(changes[i].kind) for i in coming]
    shrinking = len(list(trailing_ownership(changes)))
    assert ranks[: len(ranks) - shrinking] == sorted(ranks[: len(ranks) - shrinking])
    if leaving:
        first = leaving[0]
        assert all(is_leaving(c) or is_ownership(c) for c in changes[first:])
    for index, change in enumerate(changes):
        if isinstance(change, SetAlias) and change.version is None:
            created = [c.entry for c in changes[:index] if isinstance(c, CreateVersion)]
            assert change.entry in created


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


def checksum(plan: ModelPlan, uri: str = "http://registry") -> str:
    return Plan(Server(uri, uri), (plan,)).checksum


def backwards(mapping: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if mapping is None else dict(reversed(list(mapping.items())))


def is_ownership(change: Change) -> bool:
    return isinstance(change, SetTag) and change.key == MANAGED_TAG


def is_removed(change: Change) -> bool:
    return isinstance(change, DeleteVersion)


def is_leaving(change: Change) -> bool:
    return isinstance(change, DeleteTag | DeleteAlias | DeleteVersion)


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


def holders_of(model: ObservedModel | None) -> dict[int, Mapping[str, str]]:
    """The tags of the model (0) and of each version (its number)."""
    if model is None:
        return {}
    return {0: model.tags} | {v.number: v.tags for v in model.versions}


def foreign_tags(
    place: ObservedModel | ObservedVersion,
    named: set[str],
    before: ObservedModel | ObservedVersion | None = None,
) -> dict[str, str]:
    """The tags that are neither declared nor were registrar's."""
    ours = named | set((before or place).managed or ())
    return {key: value for key, value in place.tags.items() if key not in ours}


def assert_only_ours(
    removed: ObservedVersion, desired: DesiredModel, observed: ObservedModel
) -> None:
    """A removed version has the bytes of a lower one that is declared, and nothing of its own."""
    assert removed.digest in {version.digest for version in desired.versions}
    assert removed.managed is not None
    assert set(removed.tags) <= set(removed.managed)
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

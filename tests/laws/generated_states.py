"""Generated states: what a server may hold, and what a configuration may ask for."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from registrar.changes.diff import diff
from registrar.changes.plan import ModelPlan, Plan
from registrar.errors import ConfigError, RefusedError, ServerError
from registrar.state import (
    FAILED,
    READY,
    DesiredModel,
    DesiredVersion,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)
from tests.support import plan_interpreter as interpreter

KEYS, ALIASES, DIGESTS = "abc", "xyz", "ABC"
law = settings(suppress_health_check=[HealthCheck.too_slow])
keys = st.sampled_from(KEYS)
tags = st.dictionaries(keys, st.sampled_from("12"))
descriptions = st.sampled_from(["", "old", "new"])
owners = st.sampled_from([None, "ours", "theirs"])
lineages = st.sampled_from([None, "[1]"])
statuses = st.sampled_from([*[READY] * 8, FAILED, "PENDING_REGISTRATION", "another status"])


def names(letters: str) -> Any:
    """A list of names in a tag or in a configuration: absent, or a list."""
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
                moved=draw(names(ALIASES)) if draw(st.integers(0, 3)) == 0 else None,
                status=draw(statuses),
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
        protected=draw(names(ALIASES)),
    )


@st.composite
def desired_models(
    draw: st.DrawFn, digests: tuple[str, ...] | None = None, *, manages: bool = True
) -> DesiredModel:
    """What a valid configuration may ask for; without `manages`, a script."""
    if digests is None:
        digests = tuple(draw(st.lists(st.sampled_from(DIGESTS), unique=True, max_size=3)))
    free = draw(st.permutations(ALIASES))
    versions = []
    for digest in digests:
        count = draw(st.none() | st.integers(0, 2))
        given_, free = free[: count or 0], free[count or 0 :]
        source = f"s3://b/{digest}"
        uploaded = Source(f"models/{digest}", digest, directory=f"/repository/models/{digest}")
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
        protected=draw(names(ALIASES)),
        manages=manages,
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
    except (ConfigError, RefusedError, ServerError):
        assume(False)
        raise


def checksum(plan: ModelPlan, uri: str = "http://registry") -> str:
    return Plan(Server(uri, uri), (plan,)).checksum

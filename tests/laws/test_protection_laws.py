"""The laws of protection, for generated states: nothing that is protected is lost in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from registrar.changes.plan import Plan
from registrar.policy.protection import protection_problems
from registrar.state import Server
from tests.laws.generated_states import (
    ALIASES,
    desired_models,
    law,
    observed_models,
    planned,
    replay,
)

if TYPE_CHECKING:
    from registrar.state import DesiredModel, ObservedModel

SERVER = Server("http://registry", "http://registry")


@law
@given(desired_models(), observed_models(), st.sets(st.sampled_from(ALIASES)))
def test_what_is_protected_stays_unless_it_is_named(
    desired: DesiredModel, observed: ObservedModel | None, allowed: set[str]
) -> None:
    plan = planned(desired, observed)
    problems = list(
        protection_problems(Plan(SERVER, (plan,)), allow_protected=allowed, allow_takeover=True)
    )
    if observed is None:
        assert problems == []
        return
    after = replay(plan, observed)
    assert after is not None
    on_server, declared = set(observed.protected or ()), set(desired.protected or ())
    lost = {
        alias
        for alias in on_server | declared
        if observed.aliases.get(alias) not in {None, after.aliases.get(alias)}
    }
    lost |= on_server - set(after.protected or ())
    assert bool(problems) == bool(lost - allowed)


@law
@given(desired_models(), observed_models())
def test_what_the_configuration_protects_is_on_the_server_afterwards(
    desired: DesiredModel, observed: ObservedModel | None
) -> None:
    after = replay(planned(desired, observed), observed)
    assert after is not None
    before = observed.protected if observed else None
    expected = before if desired.protected is None else desired.protected
    assert (after.protected or ()) == (expected or ())

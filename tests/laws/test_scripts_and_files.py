"""A file and scripts share a model: each change of one leaves alone what the other has asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from registrar.changes.changes import DeleteAlias, DeleteTag, SetTag
from registrar.changes.diff import diff
from registrar.config.spec import desire
from registrar.state import MANAGED_TAG, DesiredModel, Source
from tests.laws.expected_ownership import Expectation, entries_of, expected, steps, visible
from tests.laws.generated_states import desired_models, law, observed_models, planned, replay

if TYPE_CHECKING:
    from registrar.state import ObservedModel


@law
@given(st.lists(steps(), min_size=1, max_size=10), st.data())
def test_any_interleaving_ends_with_what_each_last_asked_for(
    turns: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    observed: ObservedModel | None = None
    expectation = Expectation()
    for writer, config in turns:
        expectation.apply(writer, config)
        desired = read_desired(config, manages=writer == "file")
        plan = diff("mnist", desired, observed)
        made = data.draw(st.integers(0, len(plan.changes)), label="changes before a kill")
        killed = replay(plan, observed, made)
        observed = replay(diff("mnist", desired, killed), killed)
        assert observed is not None
        assert visible(observed) == expected(expectation)
        assert diff("mnist", desired, observed).changes == ()


@law
@given(observed_models(), desired_models(manages=False))
def test_a_script_removes_nothing_and_manages_nothing(
    observed: ObservedModel | None, desired: DesiredModel
) -> None:
    plan = planned(desired, observed)
    assert not any(isinstance(change, DeleteTag | DeleteAlias) for change in plan.changes)
    assert MANAGED_TAG not in {c.key for c in plan.changes if isinstance(c, SetTag)}
    after = replay(plan, observed)
    assert after is not None
    assert diff("mnist", desired, after).changes == ()
    for count in range(len(plan.changes)):
        killed = replay(plan, observed, count)
        assert replay(diff("mnist", desired, killed), killed) == after
    if observed is None:
        assert after.managed is None
        return
    assert after.managed == observed.managed
    assert {*(after.protected or ())} >= {*(observed.protected or ())}
    assert after.aliases.keys() >= observed.aliases.keys()
    assert after.tags.keys() >= observed.tags.keys()
    before = {version.number: version for version in observed.versions}
    for version in after.versions:
        if version.number not in before:
            assert version.managed is None
            continue
        assert version.managed == before[version.number].managed
        assert version.tags.keys() >= before[version.number].tags.keys()


def read_desired(config: dict[str, Any], *, manages: bool) -> DesiredModel:
    """What the step asks for; a content is its own digest."""
    contents = [entry["uri"] for entry in entries_of(config)]
    sources = [Source(content, content, directory=f"/{content}") for content in contents]
    desired = desire("mnist", {"name": "mnist", **config}, sources)
    return replace(desired, manages=manages)

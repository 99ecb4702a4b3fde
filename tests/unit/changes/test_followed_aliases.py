"""A source that names an alias which the same plan moves."""

from __future__ import annotations

import pytest

from registrar.changes.changes import DeleteAlias, SetAlias
from registrar.changes.followed_aliases import with_followed_aliases
from registrar.changes.plan import ModelPlan, Plan
from registrar.report import note_text
from registrar.state import DesiredModel, DesiredVersion, Server, Source


def plan_of(uri: str, *changes: SetAlias | DeleteAlias) -> Plan:
    """The plan of `base`, with these changes, and of `copy`, which is made of a URI."""
    desired = DesiredModel("copy", versions=(DesiredVersion(Source(uri, "sha256:x")),))
    models = (
        ModelPlan("base", DesiredModel("base"), None, (), changes),
        ModelPlan("copy", desired, None, (None,)),
    )
    return Plan(Server("sqlite:///m.db", "sqlite:///m.db"), models)


@pytest.mark.parametrize(
    "change", [SetAlias(0, "champion", 1, 2), DeleteAlias("champion", 1)], ids=["moved", "removed"]
)
def test_a_note_says_that_a_second_run_would_follow_the_alias(
    change: SetAlias | DeleteAlias,
) -> None:
    _, copy = with_followed_aliases(plan_of("models:/base@champion", change)).models
    (note,) = copy.notes
    assert note_text(note) == (
        "models:/base@champion is the version that the alias pointed to before this run moves it; "
        "run it again to follow"
    )


@pytest.mark.parametrize("uri", ["models:/base@other", "models:/base/1", "models:/else@champion"])
def test_what_the_plan_does_not_move_has_no_note(uri: str) -> None:
    plan = plan_of(uri, SetAlias(0, "champion", 1, 2))
    assert with_followed_aliases(plan) == plan

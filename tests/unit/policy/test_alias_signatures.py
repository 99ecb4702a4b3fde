"""What an alias that moves changes in the signature: taken from tags and declared models alone."""

from __future__ import annotations

import json

from registrar.changes.changes import SetAlias
from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.policy.alias_signatures import known_signature, with_signature_changes
from registrar.state import (
    DesiredModel,
    DesiredVersion,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)


def text(**inputs: str) -> str:
    columns = [{"name": name, "type": type_} for name, type_ in inputs.items()]
    return json.dumps({"inputs": columns})


def plan(old: str | None, new: str | None, *, alias: int | None = 1) -> Plan:
    """Return the plan that moves an alias from version 1, with tag `old`, to a new model."""
    version = DesiredVersion(Source("m", "B", signature=new), aliases=("champion",))
    aliases = ("champion",) if alias else ()
    observed = ObservedModel(
        "mnist", versions=(ObservedVersion(1, "A", aliases=aliases, signature=old),)
    )
    return Plan(
        Server("s", "s"), (diff("mnist", DesiredModel("mnist", versions=(version,)), observed),)
    )


def verdicts(made: Plan) -> list[str | None]:
    moves = [c for c in with_signature_changes(made).changes if isinstance(c, SetAlias)]
    return [move.signature.verdict if move.signature else None for move in moves]


def test_an_alias_that_moves_is_compared_with_what_it_leaves() -> None:
    assert verdicts(plan(text(age="long"), text(age="string"))) == ["breaking"]
    assert verdicts(plan(text(age="long"), text(age="long"))) == ["same"]
    assert verdicts(plan(text(age="integer"), text(age="long"))) == ["compatible"]


def test_a_spoilt_tag_is_unknown_and_two_models_without_signature_say_nothing() -> None:
    assert verdicts(plan("spoilt", text(age="long"))) == ["unknown"]
    assert verdicts(plan(text(age="long"), None)) == ["unknown"]
    assert verdicts(plan(None, None)) == [None]


def test_an_alias_that_is_set_for_the_first_time_is_not_compared() -> None:
    assert verdicts(plan(text(age="long"), text(age="string"), alias=None)) == [None]


def test_the_comparison_changes_neither_the_plan_nor_its_checksum() -> None:
    made = plan(text(age="long"), text(age="string"))
    assert with_signature_changes(made) == made
    assert with_signature_changes(made).checksum == made.checksum


def test_a_version_without_the_tag_has_the_signature_of_the_model_that_was_looked_at() -> None:
    source = Source("m", "A", signature=text(age="long"))
    desired = DesiredModel("mnist", versions=(DesiredVersion(source, aliases=("champion",)),))
    model = diff("mnist", desired, ObservedModel("mnist", versions=(ObservedVersion(1, "A"),)))
    signature = known_signature(model, number=1)
    assert signature is not None
    assert known_signature(model, entry=0) == signature
    assert known_signature(model, number=2) is None

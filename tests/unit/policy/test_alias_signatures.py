"""What an alias that moves changes in the signature: taken from tags and declared models alone."""

from __future__ import annotations

import json
from dataclasses import replace

from registrar.changes.changes import AdoptVersion, CreateVersion, SetAlias
from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.changes.signature_tags import with_signature_tags
from registrar.content.signature import SIGNATURE_TAG, read_signature, signature_text
from registrar.policy.alias_signatures import find_known_signature, with_signature_changes
from registrar.state import (
    DIGEST_TAG,
    DesiredModel,
    DesiredVersion,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)


def parts(**inputs: str) -> dict[str, str]:
    """Return a signature as an MLmodel holds it."""
    columns = [{"name": name, "type": type_} for name, type_ in inputs.items()]
    return {"inputs": json.dumps(columns)}


def text(**inputs: str) -> str:
    """Return a signature as a tag holds it."""
    return signature_text(read_signature(parts(**inputs))) or ""


def plan(old: str | None, new: dict[str, str] | None, *, alias: int | None = 1) -> Plan:
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
    assert verdicts(plan(text(age="long"), parts(age="string"))) == ["breaking"]
    assert verdicts(plan(text(age="long"), parts(age="long"))) == ["same"]
    assert verdicts(plan(text(age="integer"), parts(age="long"))) == ["compatible"]


def test_a_spoilt_tag_is_unknown_and_two_models_without_signature_say_nothing() -> None:
    assert verdicts(plan("spoilt", parts(age="long"))) == ["unknown"]
    assert verdicts(plan(text(age="long"), None)) == ["unknown"]
    assert verdicts(plan(None, None)) == [None]


def test_an_alias_that_is_set_for_the_first_time_is_not_compared() -> None:
    assert verdicts(plan(text(age="long"), parts(age="string"), alias=None)) == [None]


def test_the_comparison_changes_neither_the_plan_nor_its_checksum() -> None:
    made = plan(text(age="long"), parts(age="string"))
    assert with_signature_changes(made) == made
    assert with_signature_changes(made).checksum == made.checksum


def test_a_version_without_the_tag_has_the_signature_of_the_model_that_was_looked_at() -> None:
    source = Source("m", "A", signature=parts(age="long"))
    desired = DesiredModel("mnist", versions=(DesiredVersion(source, aliases=("champion",)),))
    model = diff("mnist", desired, ObservedModel("mnist", versions=(ObservedVersion(1, "A"),)))
    signature = find_known_signature(model, number=1)
    assert signature is not None
    assert find_known_signature(model, entry=0) == signature
    assert find_known_signature(model, number=2) is None


def test_a_version_carries_its_signature_where_a_tag_of_the_server_can_hold_it() -> None:
    wide = parts(**{f"column_{number}": "long" for number in range(200)})
    for signature, version, carries in (
        (parts(age="long"), "2.9.2", True),
        (parts(age="long"), None, True),
        (wide, "2.22.5", False),
        (wide, None, False),
        (wide, "3.1.0", True),
        ({"inputs": "spoilt"}, "3.1.0", False),
        (None, "3.1.0", False),
    ):
        made = replace(plan(None, signature), server=Server("s", "s", version))
        changes = with_signature_tags(made).changes
        (creation,) = (change for change in changes if isinstance(change, CreateVersion))
        assert (SIGNATURE_TAG in creation.tags) == carries


def test_an_adopted_version_gets_its_signature_before_the_digest() -> None:
    source = Source("m", "A", "s3://b/m", signature=parts(age="long"))
    desired = DesiredModel("mnist", versions=(DesiredVersion(source),))
    observed = ObservedModel("mnist", versions=(ObservedVersion(1, None, source="s3://b/m"),))
    made = Plan(Server("s", "s", "3.1.0"), (diff("mnist", desired, observed),))
    adoption = next(c for c in with_signature_tags(made).changes if isinstance(c, AdoptVersion))
    assert SIGNATURE_TAG in adoption.tags
    assert [*adoption.tags][-1] == DIGEST_TAG

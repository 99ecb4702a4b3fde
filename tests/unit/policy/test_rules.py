"""Rules on documents of evidence, and which fields they speak of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.config.rule_schemas import find_policy_problems
from registrar.content.yaml_loader import load_yaml
from registrar.policy.presence import list_mentioned_fields
from registrar.policy.rules import Rule

CASES = load_yaml((Path(__file__).parents[2] / "cases" / "policy" / "rules.yaml").read_text())


@pytest.mark.parametrize("name", CASES)
def test_a_rule_on_a_document(name: str) -> None:
    case = CASES[name]
    config = {"policy": {"rule": {"schema": case["schema"]}}}
    assert list(find_policy_problems(config)) == []
    assert list(Rule("rule", case["schema"]).explain(case["document"])) == case["reasons"]


def test_a_rule_is_for_some_models() -> None:
    rule = Rule("rule", {"required": ["owner"]}, models=("vision-*", "iris"))
    names = ["vision-1", "iris", "iris-2", "vision"]
    assert [name for name in names if rule.is_for(name)] == ["vision-1", "iris"]
    assert Rule("rule", {}).is_for("any")


@pytest.mark.parametrize(
    ("level", "waived", "state"),
    [
        ("refuse", (), "fails"),
        ("warn", (), "warns"),
        ("refuse", ("rule",), "allowed"),
        ("warn", ("rule",), "allowed"),
        ("refuse", ("other",), "fails"),
    ],
)
def test_a_broken_rule(level: Any, waived: tuple[str, ...], state: str) -> None:
    rule = Rule("rule", {"required": ["owner"]}, "name an owner", level)
    verdict = rule.judge({}, entry=1, alias="champion", replaces=3, waived=waived)
    assert verdict.state == state
    assert verdict.reasons == ("owner is absent",)
    assert (verdict.alias, verdict.entry, verdict.replaces) == ("champion", 1, 3)
    assert verdict.demands == {"level": level, "message": "name an owner"}
    assert rule.judge({"owner": "a/b"}, entry=0, waived=waived).state == "holds"


@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        ({"required": ["owner"], "properties": {"tags": {"required": ["x"]}}}, {"owner", "tags"}),
        ({"if": {"required": ["a"]}, "then": {"anyOf": [{"properties": {"b": {}}}]}}, {"a", "b"}),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"required": ["c"]}}}, {"c"}),
        (
            {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"required": ["d"]}}},
            "abcd",
        ),
        ({"properties": {"tags": {"patternProperties": {"x": {}}}}}, {"tags"}),
        ({"not": {"patternProperties": {"^m": False}}}, None),
        ({"minProperties": 9}, None),
    ],
)
def test_the_fields_that_a_rule_speaks_of(schema: Any, fields: Any) -> None:
    assert list_mentioned_fields(schema) == (None if fields is None else frozenset(fields))


SCHEMAS = st.recursive(
    st.sampled_from([{}, {"type": "string"}, {"const": 1}, {"minimum": 2}, {"required": ["a"]}]),
    lambda below: st.one_of(
        st.dictionaries(st.sampled_from("ab"), below, min_size=1).map(lambda p: {"properties": p}),
        st.lists(below, min_size=1, max_size=2).map(lambda parts: {"allOf": parts}),
        st.lists(below, min_size=1, max_size=2).map(lambda parts: {"anyOf": parts}),
        below.map(lambda part: {"items": part}),
    ),
    max_leaves=6,
)
DOCUMENTS = st.recursive(
    st.sampled_from([1, 2.5, "x", None]),
    lambda below: st.one_of(
        st.dictionaries(st.sampled_from("ab"), below), st.lists(below, max_size=2)
    ),
    max_leaves=6,
)


@given(schema=SCHEMAS, document=st.dictionaries(st.sampled_from("ab"), DOCUMENTS))
def test_a_rule_holds_only_where_its_json_schema_does(schema: Any, document: Any) -> None:
    from jsonschema import Draft202012Validator

    if not Rule("rule", schema).explain(document):
        assert Draft202012Validator(schema).is_valid(document)


def turn_around(value: Any) -> Any:
    """The same value, with the keys of each mapping in the other order."""
    if isinstance(value, dict):
        return {key: turn_around(value[key]) for key in reversed(value)}
    return [turn_around(item) for item in value] if isinstance(value, list) else value


@given(schema=SCHEMAS, document=st.dictionaries(st.sampled_from("ab"), DOCUMENTS))
def test_a_verdict_depends_on_no_order(schema: Any, document: Any) -> None:
    document = {**document, "metrics": document}
    verdict = Rule("rule", schema).judge(document, entry=0)
    assert Rule("rule", turn_around(schema)).judge(turn_around(document), entry=0) == verdict

"""The quick look at a configuration gives exactly the answer of jsonschema, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.config.accepting import UndecidedError, compile_schema
from registrar.config.schema import (
    find_schema_problems,
    known_fields,
    load_schema,
    make_validator,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = ("config.json", "model.json", "server.json", "policy.json")
# Words that the schemas name, texts at the edges of their patterns, and numbers at their limits.
WORDS = ["name", "uri", "versions", "aliases", "metadata", "server", "plan", "json", "champion", ""]
EDGES = ["a" * 64, "sha256:" + "a" * 64, "models:/m/1", "5%", "v1", "latest", " a", "a\n", "é", "²"]
TEXTS = st.one_of(st.sampled_from(WORDS + EDGES), st.text(max_size=5))
NUMBERS = st.one_of(st.integers(-2, 10), st.floats(), st.sampled_from([1.0, 4000, 10**6, 10**7]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
CONFIG: dict[str, Any] = {
    "command": "plan",
    "server": {"tracking_uri": "http://h", "timeout": 5, "registry_uri": None},
    "model": {
        "name": "m",
        "owner": "team/repository",
        "registered_model": {"description": "d", "tags": {"a": 1}, "protected_aliases": ["x"]},
        "versions": [{"uri": "models/m", "metadata": {"lr": 0.1}, "aliases": ["a", "b"]}],
    },
}


def list_schemas(node: Any, pointer: str) -> Iterator[str]:
    """The pointer of every schema within a schema."""
    yield pointer
    if isinstance(node, dict):
        for word in ("properties", "$defs"):
            for name, schema in node.get(word, {}).items():
                yield from list_schemas(schema, f"{pointer}/{word}/{name}")
        for word in ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else"):
            if word in node:
                yield from list_schemas(node[word], f"{pointer}/{word}")
        for word in ("allOf", "anyOf"):
            for index, schema in enumerate(node.get(word, [])):
                yield from list_schemas(schema, f"{pointer}/{word}/{index}")


SCHEMAS = [
    {"$ref": pointer} for file in FILES for pointer in list_schemas(load_schema(file), f"{file}#")
]
PAIRS = [
    (compile_schema(schema, FILES[0], load_schema), make_validator(schema)) for schema in SCHEMAS
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value within a value."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with another one at a path."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


def quick_answer(test: Any, value: Any) -> bool | None:
    """What the quick test says; None where it leaves the answer to jsonschema."""
    try:
        return bool(test(value))
    except UndecidedError:
        return None


@given(VALUES)
def test_every_part_of_the_schemas_is_read_as_jsonschema_reads_it(value: Any) -> None:
    for test, validator in PAIRS:
        assert quick_answer(test, value) in {validator.is_valid(value), None}, validator.schema


@given(st.data())
def test_a_configuration_is_accepted_where_jsonschema_accepts_it(data: st.DataObject) -> None:
    config: Any = CONFIG
    for _ in range(data.draw(st.integers(0, 2))):
        path = data.draw(st.sampled_from(list(places(config))))
        config = changed(config, path, data.draw(VALUES))
    validator = make_validator({"$ref": "config.json"})
    test = compile_schema({"$ref": "config.json"}, FILES[0], load_schema)
    assert quick_answer(test, config) in {validator.is_valid(config), None}
    if isinstance(config, dict) and not find_schema_problems(config):
        assert validator.is_valid(config)


@pytest.mark.parametrize("field", [None, *known_fields(())])
def test_no_field_of_a_valid_configuration_is_left_to_jsonschema(field: str | None) -> None:
    schema = {"$ref": "config.json" + (f"#/properties/{field}" if field else "")}
    test = compile_schema(schema, FILES[0], load_schema)
    value = CONFIG if field is None else CONFIG.get(field)
    assert quick_answer(test, value) is not None


def test_keys_that_were_accepted_accept_no_others() -> None:
    schema = {"$ref": "model.json#/$defs/metadata"}
    test = compile_schema(schema, FILES[0], load_schema)
    for keys, is_accepted in ((["a", "b"], True), (["a", ""], False), (["b", "a\n"], False)):
        assert test(dict.fromkeys(keys, 1)) is is_accepted
        assert test(dict.fromkeys(reversed(keys), 1)) is is_accepted


def test_an_unknown_keyword_is_left_to_jsonschema() -> None:
    for schema in ({"not": {"minContains": 1}}, {"enum": [1]}):
        with pytest.raises(UndecidedError):
            compile_schema(schema, FILES[0], load_schema)

"""Signatures as an MLmodel and the tag of a version hold them, and texts that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registrar.content.signature import (
    find_signature,
    parse_signature,
    read_signature,
    signature_text,
)
from registrar.version_evidence import Signature

COLUMN = {"type": "long", "name": "a", "required": True}
# What MLflow 3.17 writes for a model with columns, one output and a parameter.
MLMODEL = {
    "signature": {
        "inputs": '[{"type": "long", "name": "age", "required": true}, '
        '{"type": "array", "items": {"type": "string"}, "name": "tags", "required": false}]',
        "outputs": '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 10]}}]',
        "params": '[{"name": "k", "default": NaN, "shape": null, "type": "double"}]',
    }
}


def test_a_signature_is_read_and_comes_back_from_its_tag() -> None:
    signature = read_signature(find_signature(MLMODEL))
    assert signature is not None
    assert signature.inputs == (
        {"name": "age", "type": "long", "required": True},
        {"name": "tags", "type": "array", "items": {"type": "string"}, "required": False},
    )
    assert signature.outputs == (
        {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 10]}},
    )
    assert signature.params == ({"name": "k", "type": "double", "default": "NaN", "shape": None},)
    assert parse_signature(signature_text(signature)) == signature
    assert signature_text(None) is None


def test_what_a_signature_leaves_out_is_what_mlflow_takes_it_for() -> None:
    columns = [
        {"type": "long", "name": "a"},
        {"type": "any", "name": "b"},
        {"type": "object", "name": "c", "properties": {"x": {"type": "long"}}},
    ]
    signature = parse_signature(json.dumps({"inputs": columns}))
    assert signature is not None
    assert signature.inputs is not None
    assert [column["required"] for column in signature.inputs] == [True, False, False]
    assert signature.inputs[2]["properties"]["x"]["required"] is True


@pytest.mark.parametrize("name", ["decimal", "vector"])
def test_a_type_of_a_later_mlflow_is_kept_as_it_is(name: str) -> None:
    column = {"type": name, "name": "a", "size": 3, "required": True}
    signature = parse_signature(json.dumps({"inputs": [column]}))
    assert signature == Signature(inputs=(column,))


SPOILT: dict[str, Any] = {
    "a number": 5,
    "a list": [],
    "an unknown part": {"inputs": [COLUMN], "others": []},
    "nothing": {},
    "inputs that are no list": {"inputs": {"a": "long"}},
    "no inputs": {"inputs": []},
    "a column that is a text": {"inputs": ["long"]},
    "a column without a type": {"inputs": [{"name": "a"}]},
    "a type that is a number": {"inputs": [{"name": "a", "type": 1}]},
    "a name that is a list": {"inputs": [{"name": ["a"], "type": "long"}]},
    "a name that is not Unicode": {"inputs": [{"name": "\ud800", "type": "long"}]},
    "a name twice": {"inputs": [COLUMN, COLUMN]},
    "names here and not there": {"inputs": [COLUMN, {"type": "long"}]},
    "columns and tensors": {
        "inputs": [
            COLUMN,
            {"name": "b", "type": "tensor", "tensor-spec": {"dtype": "str", "shape": [1]}},
        ]
    },
    "a word for required": {"inputs": [{**COLUMN, "required": "yes"}]},
    "an object without properties": {"inputs": [{"name": "a", "type": "object"}]},
    "a shape of texts": {
        "inputs": [{"type": "tensor", "tensor-spec": {"dtype": "str", "shape": ["n"]}}]
    },
    "a tensor without a shape": {"inputs": [{"type": "tensor"}]},
    "a parameter without a default": {"params": [{"name": "k", "type": "long"}]},
    "a parameter of a strange shape": {
        "params": [{"name": "k", "type": "long", "default": 1, "shape": [2]}]
    },
}


@pytest.mark.parametrize("document", SPOILT.values(), ids=SPOILT.keys())
def test_what_is_no_signature_is_read_as_none(document: Any) -> None:
    assert parse_signature(json.dumps(document)) is None
    if isinstance(document, dict):
        parts = {key: json.dumps(part) for key, part in document.items()}
        known = parts.keys() <= {"inputs", "outputs", "params"}
        assert read_signature(parts) is None or not known


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "nul",
        "[" * 100_000,
        '{"inputs": ' + "[" * 100_000,
        '{"inputs": [{"type": "long", "name": ' + "9" * 5000 + "}]}",
        '{"inputs": [{"name": "a", '
        + '"type": "array", "items": {' * 500
        + '"type": "long"'
        + "}" * 500
        + "}]}",
    ],
    ids=["empty", "cut", "no JSON", "deep lists", "deep inputs", "a long number", "deep types"],
)
def test_a_hostile_text_is_read_as_none(text: str) -> None:
    assert parse_signature(text) is None
    assert read_signature({"inputs": text}) is None


@pytest.mark.parametrize("value", [None, "text", [], {"inputs": 5}, {"inputs": ["a"]}, {}])
def test_an_mlmodel_without_a_signature_has_none(value: Any) -> None:
    assert find_signature({"signature": value}) is None
    assert find_signature({}) is None

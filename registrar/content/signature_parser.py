"""Columns, tensors and parameters, parsed from the JSON that MLflow writes for a signature.

Whatever MLflow would not read is refused: a server's tags and an MLmodel are texts of strangers.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from registrar.content.signature_types import (
    VECTOR,
    AnyType,
    ArrayType,
    Field,
    MapType,
    ObjectType,
    ScalarType,
    TensorType,
)
from registrar.text import canonical_json, has_surrogate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.content.signature_types import Name, Type

__all__ = ["SpoiltSignatureError", "parse_columns", "parse_params"]

MAX_DEPTH = 40  # of types within types
# The keys that stand beside a type in a column, a property or a parameter.
BESIDE_TYPE = frozenset({"dtype", "name", "required", "default", "shape"})


class SpoiltSignatureError(ValueError):
    """A signature that MLflow has not written."""


def parse_columns(document: Any) -> tuple[Field, ...]:
    """Return the columns or tensors of a part. Raises SpoiltSignatureError, as MLflow would."""
    fields = tuple(map(_parse_column, _take_list(document)))
    names = [field.name for field in fields]
    tensors = [isinstance(field.type, TensorType) for field in fields]
    is_unnamed = all(name is None for name in names)
    if not fields or any(tensors) != all(tensors):
        raise SpoiltSignatureError("a part holds columns, or tensors")
    if any(name is None for name in names) != is_unnamed or (is_unnamed and sum(tensors) > 1):
        raise SpoiltSignatureError("all of a part have names, or none has")
    _check_unique(names)
    return fields


def parse_params(document: Any) -> tuple[Field, ...]:
    """Return the parameters. Raises SpoiltSignatureError."""
    fields = tuple(map(_parse_param, _take_list(document)))
    _check_unique([field.name for field in fields])
    return fields


def _parse_column(document: Any) -> Field:
    if not isinstance(document, dict):
        raise SpoiltSignatureError("a column is an object")
    name = None if document.get("name") is None else _take_name(document["name"])
    if document.get("type") == "tensor":
        return Field(name, _parse_tensor(document.get("tensor-spec")))
    type_ = _parse_type(document, MAX_DEPTH)
    # MLflow takes a column without the word for optional, but for the simple types.
    is_simple = isinstance(type_, ScalarType) and type_.name != VECTOR
    required = document.get("required", is_simple)
    return Field(name, type_, name is None or _take_bool(required or False))


def _parse_param(document: Any) -> Field:
    if not isinstance(document, dict) or "default" not in document:
        raise SpoiltSignatureError("a parameter is an object with a default")
    type_ = _parse_type({"type": document.get("dtype"), **document}, MAX_DEPTH)
    shape = document.get("shape")
    if shape not in (None, [-1]):
        raise SpoiltSignatureError("a parameter is one value, or a list")
    name = _take_name(document.get("name"))
    default = _take_json(document["default"])
    return Field(name, type_ if shape is None else ArrayType(type_), default=default)


def _parse_tensor(document: Any) -> TensorType:
    spec = document if isinstance(document, dict) else {}
    dtype, shape = spec.get("dtype"), spec.get("shape")
    if not isinstance(dtype, str) or not isinstance(shape, list) or not all(map(_is_size, shape)):
        raise SpoiltSignatureError("a tensor has a dtype and a shape")
    return TensorType(_take_text(dtype), tuple(shape))


def _parse_type(document: Any, depth: int) -> Type:
    """Return the type of a JSON object that has it under `type`, beside other keys."""
    if not isinstance(document, dict) or depth == 0:
        raise SpoiltSignatureError("a type is an object, and not too deep")
    match document.get("type"):
        case "array":
            return ArrayType(_parse_type(document.get("items"), depth - 1))
        case "map":
            return MapType(_parse_type(document.get("values"), depth - 1))
        case "object":
            return _parse_object(document.get("properties"), depth - 1)
        case "any":
            return AnyType()
        case str() as name if not name.startswith("{"):
            whole = {key: value for key, value in document.items() if key not in BESIDE_TYPE}
            is_simple = whole == {"type": name}
            return ScalarType(_take_text(name if is_simple else canonical_json(_take_json(whole))))
        case _:
            raise SpoiltSignatureError("a type has a name")


def _parse_object(document: Any, depth: int) -> ObjectType:
    if not isinstance(document, dict) or not document:
        raise SpoiltSignatureError("an object has properties")
    properties = [
        Field(_take_text(name), _parse_type(item, depth), _take_bool(item.get("required", True)))
        for name, item in sorted(document.items())
    ]
    return ObjectType(tuple(properties))


def _check_unique(names: Sequence[Name | None]) -> None:
    """Raise SpoiltSignatureError for a name that comes twice."""
    named = [(type(name), name) for name in names if name is not None]
    if len(set(named)) < len(named):
        raise SpoiltSignatureError("a name comes twice")


def _take_list(document: Any) -> list[Any]:
    if not isinstance(document, list):
        raise SpoiltSignatureError("a part is a list")
    return document


def _take_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise SpoiltSignatureError("'required' is true or false")
    return value


def _take_text(text: str) -> str:
    if has_surrogate(text):
        raise SpoiltSignatureError("a text is not Unicode")
    return text


def _take_name(value: Any) -> Name:
    if isinstance(value, str):
        return _take_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SpoiltSignatureError("a name is a text or a number")
    return value


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= -1


def _take_json(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return a value of JSON, with "NaN" and "Infinity" as texts, which JSON has no numbers for."""
    match value:
        case float() if not math.isfinite(value):
            return json.dumps(value)
        case str():
            return _take_text(value)
        case dict() if depth:
            return {_take_text(key): _take_json(item, depth - 1) for key, item in value.items()}
        case list() if depth:
            return [_take_json(item, depth - 1) for item in value]
        case dict() | list():
            raise SpoiltSignatureError("a value is not too deep")
        case _:
            return value

"""The notation of signatures in `tests/cases/signatures.yaml`, and their form in an MLmodel.

A part is a mapping of names, or a list of columns without names; `?` after a name says that it is
optional. A type is its word, `[TYPE]` for a list, `{"*": TYPE}` for a map, any other mapping for an
object, and `DTYPE (LENGTH, ...)` for a tensor. A parameter is `TYPE = DEFAULT`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registrar.content.signature import read_signature

if TYPE_CHECKING:
    from registrar.version_evidence import Signature

__all__ = ["make_signature", "mlmodel_parts"]


def make_signature(notation: dict[str, Any] | None) -> Signature | None:
    """Return the signature as registrar reads it."""
    return None if notation is None else read_signature(mlmodel_parts(notation))


def mlmodel_parts(notation: dict[str, Any]) -> dict[str, str]:
    """Return the parts as an MLmodel holds them: each is the text of a JSON list."""
    return {
        part: json.dumps(_params(fields) if part == "params" else _columns(fields))
        for part, fields in notation.items()
    }


def _columns(fields: dict[str, Any] | list[Any]) -> list[dict[str, Any]]:
    if isinstance(fields, list):
        return [_column(field, {}) for field in fields]
    return [
        {"name": name.rstrip("?"), **_column(field, {"required": not name.endswith("?")})}
        for name, field in fields.items()
    ]


def _column(notation: Any, required: dict[str, bool]) -> dict[str, Any]:
    if isinstance(notation, str) and "(" in notation:
        dtype, _, shape = notation.partition(" ")
        sizes = [int(size) for size in shape.strip("()").split(",") if size]
        return {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": sizes}}
    return {**_type(notation), "required": True, **required}


def _type(notation: Any) -> dict[str, Any]:
    match notation:
        case str():
            return {"type": notation}
        case [items]:
            return {"type": "array", "items": _type(items)}
        case {"*": values}:
            return {"type": "map", "values": _type(values)}
        case _:
            properties = {
                name.rstrip("?"): {**_type(value), "required": not name.endswith("?")}
                for name, value in notation.items()
            }
            return {"type": "object", "properties": properties}


def _params(fields: dict[str, str]) -> list[dict[str, Any]]:
    params = []
    for name, text in fields.items():
        word, _, default = text.partition(" = ")
        shape = [-1] if word.startswith("[") else None
        type_ = json.loads(word) if word.startswith("{") else word.strip("[]")
        value = json.loads(default)
        params.append({"name": name, **_type(type_), "default": value, "shape": shape})
    return params

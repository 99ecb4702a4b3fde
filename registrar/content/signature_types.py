"""The types of a signature's columns, tensors and parameters.

A type that this release does not know keeps its JSON as its name: it equals itself alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "VECTOR",
    "AnyType",
    "ArrayType",
    "Field",
    "MapType",
    "Name",
    "ObjectType",
    "ScalarType",
    "TensorType",
    "Type",
    "holds_lists",
]

VECTOR = "sparkml_vector"
Name: TypeAlias = "str | int | float"  # pandas names columns by numbers, too


@dataclass(frozen=True, slots=True)
class ScalarType:
    """A type without parts, such as `long`."""

    name: str

    def __str__(self) -> str:
        return self.name

    def to_dict(self) -> dict[str, Any]:
        """Return the type as MLflow writes it."""
        is_unknown = self.name.startswith("{")
        return json.loads(self.name) if is_unknown else {"type": self.name}


@dataclass(frozen=True, slots=True)
class AnyType:
    """A type that takes every value."""

    def __str__(self) -> str:
        return "any"

    def to_dict(self) -> dict[str, Any]:
        """Return the type as MLflow writes it."""
        return {"type": "any"}


@dataclass(frozen=True, slots=True)
class ArrayType:
    """A list of values of one type."""

    items: Type

    def __str__(self) -> str:
        return f"array of {self.items}"

    def to_dict(self) -> dict[str, Any]:
        """Return the type as MLflow writes it."""
        return {"type": "array", "items": self.items.to_dict()}


@dataclass(frozen=True, slots=True)
class MapType:
    """A mapping of any texts to values of one type."""

    values: Type

    def __str__(self) -> str:
        return f"map of {self.values}"

    def to_dict(self) -> dict[str, Any]:
        """Return the type as MLflow writes it."""
        return {"type": "map", "values": self.values.to_dict()}


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A mapping with these keys; `properties` is sorted by name."""

    properties: tuple[Field, ...]

    def __str__(self) -> str:
        return "object"

    def to_dict(self) -> dict[str, Any]:
        """Return the type as MLflow writes it."""
        fields = {
            str(field.name): {**field.type.to_dict(), "required": field.required}
            for field in self.properties
        }
        return {"type": "object", "properties": fields}


@dataclass(frozen=True, slots=True)
class TensorType:
    """A tensor; -1 in `shape` stands for any length."""

    dtype: str
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.dtype} ({', '.join(map(str, self.shape))})"

    def to_dict(self) -> dict[str, Any]:
        """Return the type as MLflow writes it."""
        return {"type": "tensor", "tensor-spec": {"dtype": self.dtype, "shape": [*self.shape]}}


Type: TypeAlias = "ScalarType | AnyType | ArrayType | MapType | ObjectType | TensorType"


@dataclass(frozen=True, slots=True)
class Field:
    """A column, a tensor, a property or a parameter; only a parameter has a `default`."""

    name: Name | None
    type: Type
    required: bool = True
    default: Any = None

    def to_column(self) -> dict[str, Any]:
        """Return a column or a tensor as MLflow writes it, which never leaves `required` out."""
        name = {} if self.name is None else {"name": self.name}
        is_tensor = isinstance(self.type, TensorType)
        return {
            **name,
            **self.type.to_dict(),
            **({} if is_tensor else {"required": self.required}),
        }

    def to_param(self) -> dict[str, Any]:
        """Return a parameter as MLflow writes it."""
        is_list = isinstance(self.type, ArrayType)
        value = self.type.items if isinstance(self.type, ArrayType) else self.type
        shape = [-1] if is_list else None
        return {"name": self.name, **value.to_dict(), "default": self.default, "shape": shape}


def holds_lists(fields: Sequence[Field]) -> bool:
    """Return whether a column is a list or an object; then MLflow takes a dict for one row."""
    return any(
        isinstance(field.type, ArrayType | ObjectType) or field.type == ScalarType(VECTOR)
        for field in fields
    )

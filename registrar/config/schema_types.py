"""The types of JSON Schema: which values have them, as the validator of configurations sees it."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any, TypeAlias

__all__ = ["TYPES", "Test", "is_number", "is_whole", "make_type_test"]

Test: TypeAlias = Callable[[Any], bool]


def is_number(value: Any) -> bool:
    """Return whether a value is a number to JSON Schema."""
    return isinstance(value, Number) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number; 3.0 is none here, unlike in JSON Schema.

    What takes a whole number counts with it, or writes it into a tag.
    """
    return isinstance(value, int) and not isinstance(value, bool)


TYPES: dict[str, Test] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": is_whole,
    "null": lambda value: value is None,
    "number": is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
# The classes whose values are of a type without a further look.
CLASSES: dict[str, set[type]] = {
    "array": {list},
    "boolean": {bool},
    "integer": {int},
    "null": {type(None)},
    "number": {int, float},
    "object": {dict},
    "string": {str},
}


def make_type_test(types: str | list[str]) -> Test:
    """Return the test of the keyword `type`."""
    if isinstance(types, str):
        return TYPES[types]
    exact = {kind for name in types for kind in CLASSES[name]}
    several = [TYPES[name] for name in types]
    return lambda value: type(value) in exact or any(test(value) for test in several)

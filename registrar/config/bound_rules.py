"""Rules for pairs of bounds: what no number and no time can keep would refuse everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.errors import Problem
from registrar.text import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from registrar.text import KeyPath

__all__ = ["find_gate_problems", "find_keyword_problems", "find_time_problems"]

NUMBERS = (int, float)  # what else a rule has there is another problem
GATES = (("min", "max"), ("min_change", "max_change"))
# Pairs of JSON Schema's keywords, and whether one value may be equal to both.
KEYWORDS = (
    ("minimum", "maximum", True),
    ("minimum", "exclusiveMaximum", False),
    ("exclusiveMinimum", "maximum", False),
    ("exclusiveMinimum", "exclusiveMaximum", False),
    ("minLength", "maxLength", True),
    ("minItems", "maxItems", True),
    ("minContains", "maxContains", True),
    ("minProperties", "maxProperties", True),
)


def find_gate_problems(model: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problems of gates that no version could pass; the schema accepts the model."""
    for alias, gate in model.get("gates", {}).items():
        for name, demands in gate.get("metrics", {}).items():
            for lower, upper in GATES:
                least, most = demands.get(lower), demands.get(upper)
                if least is not None and most is not None and not _is_possible(least, most):
                    path = ("model", "gates", alias, "metrics", name, lower)
                    yield path, _explain("contradiction", lower, least, upper, most)


def find_time_problems(show: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problem of a period of `show` that holds no time; its ends are valid."""
    after, before = show.get("created_after"), show.get("created_before")
    if after is None or before is None or parse_time(after) < parse_time(before):
        return
    message = f"is {after}, and created_before is {before}: nothing lies between them"
    hint = "Give an earlier created_after, or a later created_before, which is not in the period."
    yield ("show", "created_after"), Problem("contradiction", message, hint)


def find_keyword_problems(schema: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problems of bounds in one JSON Schema, whose values may have any type."""
    for lower, upper, takes_equal in KEYWORDS:
        least, most = schema.get(lower), schema.get(upper)
        if not isinstance(least, NUMBERS) or not isinstance(most, NUMBERS):
            continue
        if least > most or (least == most and not takes_equal):
            yield (lower,), _explain("invalid-rule", lower, least, upper, most)


def _explain(code: str, lower: str, least: float | str, upper: str, most: float | str) -> Problem:
    message = f"is {least}, and {upper} is {most}: no value can pass"
    return Problem(code, message, f"Lower {lower}, or raise {upper}.")


def _is_possible(least: float | str, most: float | str) -> bool:
    """Return whether any number keeps both bounds of a gate.

    A percentage is of a size that may be anything but zero. So a number and a percentage are
    compared by their signs.
    """
    lower, upper = _parse_bound(least), _parse_bound(most)
    if isinstance(least, str) == isinstance(most, str):
        return lower <= upper
    return lower < 0 or upper > 0 or lower == upper


def _parse_bound(bound: float | str) -> Decimal:
    # Late, because few configurations have two bounds on a change.
    from decimal import Decimal

    return Decimal(bound.removesuffix("%") if isinstance(bound, str) else repr(bound))

"""JSON of strangers that can be written again: every number is finite, and nothing nests too deeply."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["parse_strict"]

MAX_DEPTH = 100  # of lists and objects within each other; Python writes few more


def parse_strict(
    text: str, object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """Return the value of a text in JSON; `object_pairs_hook` is that of `json.loads`.

    Raises ValueError and RecursionError. Python's own reader takes NaN, and 1e999 for infinity.
    """
    value = json.loads(
        text,
        object_pairs_hook=object_pairs_hook,
        parse_constant=_refuse_constant,
        parse_float=_parse_finite,
    )
    _check_depth(value)
    return value


def _refuse_constant(name: str) -> None:
    message = f"{name} is not a number of JSON"
    raise ValueError(message)


def _parse_finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        message = f"{digits[:20]} is too large for a number"
        raise ValueError(message)
    return number


def _check_depth(value: Any) -> None:
    """Raise ValueError for a value that nests too deeply; it needs no stack."""
    level = [value]
    for _ in range(MAX_DEPTH):
        below = [item for item in level if isinstance(item, dict | list)]
        if not below:
            return
        level = [
            part for item in below for part in (item.values() if isinstance(item, dict) else item)
        ]
    message = f"it nests deeper than {MAX_DEPTH} levels"
    raise ValueError(message)

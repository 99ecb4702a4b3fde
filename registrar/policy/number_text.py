"""Numbers in the few digits that tell a reader why a bound holds or fails.

Noise such as that of 0.30000000000000004 is left out, unless a decision rests on it.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from registrar.policy.exact_numbers import EXACT, parse_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["shorten_change", "shorten_percent", "shorten_sides", "shorten_value", "write_change"]

FEWEST = 6  # digits, as in `show`
ALL = 17  # digits that a float may need
LONGEST = 20  # characters of a change that is written out


def shorten_sides(before: float, after: float, demands: Mapping[str, Any]) -> tuple[str, str]:
    """Return the values of two versions; which of them is greater can be seen."""
    sign = _compare(before, after)
    texts = ("", "")
    for digits in range(FEWEST, ALL + 1):
        texts = shorten_value(before, {}, digits), shorten_value(after, demands, digits)
        if _compare(*map(float, texts)) == sign:
            break
    return texts


def shorten_value(value: float, demands: Mapping[str, Any], digits: int = FEWEST) -> str:
    """Return a value in at least so many digits.

    The text is on the same side of `min` and `max` of the demands as the value.
    """
    if isinstance(value, int) or not math.isfinite(value):
        return str(value)
    least, most = (_read_bound(demands.get(key)) for key in ("min", "max"))

    def fit(number: Decimal) -> tuple[bool, bool]:
        return least is None or number >= least, most is None or number <= most

    exact = parse_number(value)

    def is_enough(rounded: Decimal) -> bool:
        shown = float(rounded)
        return math.isfinite(shown) and fit(parse_number(shown)) == fit(exact)

    shown = _round(exact, digits, is_enough)
    return repr(float(shown)).removesuffix(".0")


def shorten_change(change: Decimal, bound: Decimal) -> str:
    """Return a change with its sign; it stands on its side of the bound."""
    if change == 0:
        return "0"
    shown = _round(
        change, FEWEST, lambda rounded: _compare(rounded, bound) == _compare(change, bound)
    )
    return write_change(shown)


def shorten_percent(change: Decimal, base: Decimal, bound: Decimal) -> str:
    """Return a change in percent of `base` with its sign; it stands on its side of the bound."""
    percent = EXACT.divide(EXACT.multiply(change, Decimal(100)), base)
    for digits in range(1, LONGEST):
        text = f"{percent:+.{digits}f}%"
        if _compare(Decimal(text.removesuffix("%")), bound) == _compare(percent, bound):
            if len(text) <= LONGEST * 2:
                return text
            break
    return f"{percent:+.1e}%"


def write_change(change: Decimal) -> str:
    """Return a change with its sign and all digits, unless there are too many."""
    if change == 0:
        return "0"
    text = f"{EXACT.normalize(change):+f}"
    return text if len(text) <= LONGEST else f"{change:+.6e}"


def _round(value: Decimal, digits: int, is_enough: Callable[[Decimal], bool]) -> Decimal:
    """Return the value in the fewest digits that are enough; digits of its integer are all kept."""
    for precision in range(max(digits, value.adjusted() + 1), ALL + 1):
        rounded = Context(prec=precision).plus(value)
        if is_enough(rounded):
            return rounded
    return value


def _compare(one: Decimal | float, other: Decimal | float) -> int:
    return (one > other) - (one < other)


def _read_bound(bound: object) -> Decimal | None:
    """Return a bound as a number; None for none, and for what is no number: events are not trusted."""
    if isinstance(bound, bool) or not isinstance(bound, int | float) or not math.isfinite(bound):
        return None
    return parse_number(bound)

"""Numbers are printed short, and never so short that a verdict reads as wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.policy.number_text import (
    shorten_change,
    shorten_percent,
    shorten_sides,
    shorten_value,
)

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NEAR = st.sampled_from([0.3, 0.1 + 0.2, 0.29999999, 1e-7, 1e22, 123456789.5, -0.002, 0.0])
NUMBERS = FLOATS | NEAR


@pytest.mark.parametrize(
    ("value", "demands", "text"),
    [
        (0.1 + 0.2, {}, "0.3"),
        (0.1 + 0.2, {"min": 0.3}, "0.3"),
        (0.1 + 0.2, {"max": 0.3}, "0.30000000000000004"),
        (17.123456789012345, {"max": 20}, "17.1235"),
        (0.9499999, {"min": 0.95}, "0.9499999"),
        (1234567.891, {}, "1234568"),
        (20.0, {}, "20"),
        (12345678, {"max": "text", "min": True}, "12345678"),
        (float("inf"), {"max": 1}, "inf"),
    ],
)
def test_a_value_has_the_digits_that_its_bounds_need(
    value: float, demands: dict[str, object], text: str
) -> None:
    assert shorten_value(value, demands) == text


def test_two_values_differ_where_one_is_greater() -> None:
    assert shorten_sides(0.9712345, 0.97123449, {}) == ("0.9712345", "0.9712345"[:-1] + "49")
    assert shorten_sides(0.30000000000000004, 0.9, {}) == ("0.3", "0.9")


@given(value=NUMBERS, other=NUMBERS, bound=NUMBERS)
def test_the_printed_numbers_give_the_same_verdict(
    value: float, other: float, bound: float
) -> None:
    demands = {"min": bound, "max": other}
    shown = float(shorten_value(value, demands))
    assert (shown >= bound, shown <= other) == (value >= bound, value <= other)
    before, after = map(float, shorten_sides(other, value, {}))
    assert (before < after, before > after) == (other < value, other > value)


@given(change=NUMBERS, bound=NUMBERS)
def test_a_printed_change_stands_on_its_side_of_the_bound(change: float, bound: float) -> None:
    exact, limit = Decimal(repr(change)), Decimal(repr(bound))
    for text in (shorten_change(exact, limit), shorten_percent(exact, Decimal(100), limit)):
        if "e" not in text:  # too long to be written out
            number = Decimal(text.removesuffix("%"))
            assert (number < limit, number > limit) == (exact < limit, exact > limit)

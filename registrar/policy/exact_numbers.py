"""Exact arithmetic on numbers as they are written: from 0.80 to 0.85 the change is 0.05."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registrar.version_evidence import Measurement

__all__ = ["EXACT", "parse_number", "read_value"]

# Sums of any two finite floats have fewer digits, also times a percentage: nothing is rounded.
EXACT = Context(prec=2000)


def parse_number(number: float | str) -> Decimal:
    """Return a number as it is written; a percentage without its sign."""
    return Decimal(number.removesuffix("%") if isinstance(number, str) else repr(number))


def read_value(measurement: Measurement) -> Decimal:
    """Return the value of a measurement, which has one."""
    assert measurement.value is not None, "values in doubt are not judged"
    return parse_number(measurement.value)

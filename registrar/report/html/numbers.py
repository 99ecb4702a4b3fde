"""Numbers as a page writes them: short where one compares at a glance, with six digits in tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from registrar.version_evidence import explain_unknown

if TYPE_CHECKING:
    from registrar.version_evidence import Measurement

__all__ = ["format_change", "format_exact", "format_measured", "format_short"]

LARGE, HUGE = 10_000, 1e15


def format_short(value: float) -> str:
    """Return a number with four digits, a large one with its thousands.

    >>> format_short(0.9692307), format_short(1234567.8)
    ('0.9692', '1,234,568')
    """
    if math.isfinite(value) and LARGE <= abs(value) < HUGE:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def format_exact(value: float) -> str:
    """Return a number with six digits, as in `0.969231` or `1.2e-07`."""
    return f"{value:g}"


def format_change(before: float, after: float) -> str:
    """Return by how much a value has changed; "" where that is no number.

    >>> format_change(0.95, 0.9692)
    '+0.0192'
    """
    change = after - before
    if not change:
        return "±0"
    return f"{change:+.3g}" if math.isfinite(change) else ""


def format_measured(item: Measurement) -> str:
    """Return the value of a measurement, or why nobody can know it."""
    if item.value is None:
        return f"unknown: {explain_unknown(item.unknown)}" if item.unknown else "unknown"
    return format_exact(item.value)

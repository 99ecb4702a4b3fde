"""A row of numbers as a drawing of one line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["draw_sparkline"]

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"
MIN_VALUES = 3  # numbers; two of them are easier to read than to look at


def draw_sparkline(values: Sequence[float | None]) -> str:
    """Return a block for each value, its height between the least and the greatest.

    A value that is not finite is a dot. Returns "" for too few numbers, and where all are equal.

    >>> draw_sparkline([1, 2, None, 8])
    '▁▂·█'
    """
    numbers = [value for value in values if value is not None and math.isfinite(value)]
    if len(numbers) < MIN_VALUES or min(numbers) == max(numbers):
        return ""
    least, greatest = min(numbers), max(numbers)
    return "".join(
        GAP if value is None or not math.isfinite(value) else _block(value, least, greatest)
        for value in values
    )


def _block(value: float, least: float, greatest: float) -> str:
    # Halves: the distance of two very large numbers would not be finite.
    share = (value / 2 - least / 2) / (greatest / 2 - least / 2)
    return BLOCKS[min(int(share * len(BLOCKS)), len(BLOCKS) - 1)]

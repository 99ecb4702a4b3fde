"""The scale of a chart's axis: where a value stands, and which round numbers are marked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Scale"]

PADDING = 0.08  # of the distance of the values, on both sides
STEPS = (1, 2, 2.5, 5, 10)
TICKS = 5  # about so many; the steps are round


@dataclass(frozen=True, slots=True)
class Scale:
    """The values that an axis covers, from `least` to `greatest`."""

    least: float
    greatest: float

    @classmethod
    def cover(cls, values: Sequence[float]) -> Scale:
        """Return a scale with all values, none of which stands at the edge; each is finite."""
        least, greatest = min(values), max(values)
        if least == greatest:
            room = abs(least) * 0.05 or 1.0
        else:
            room = (greatest / 2 - least / 2) * 2 * PADDING
        low, high = least - room, greatest + room
        # The room must not lead out of the numbers that there are.
        return cls(low if math.isfinite(low) else least, high if math.isfinite(high) else greatest)

    def share(self, value: float) -> float:
        """Return where a value stands, from 0 to 1."""
        # Halves: the distance of two very large numbers would not be finite.
        distance = self.greatest / 2 - self.least / 2
        return (value / 2 - self.least / 2) / distance if distance else 0.5

    def ticks(self) -> tuple[float, ...]:
        """Return the round numbers on the scale, in order."""
        distance = self.greatest - self.least
        if not math.isfinite(distance) or distance <= 0:
            return tuple(sorted({self.least, self.greatest}))
        power = 10.0 ** math.floor(math.log10(distance / TICKS))
        step = next((s * power for s in STEPS if s * power * TICKS >= distance), 10 * power)
        if not step:
            return self.least, self.greatest
        first, last = math.ceil(self.least / step), math.floor(self.greatest / step)
        return tuple(float(f"{index * step:.12g}") for index in range(first, last + 1))

"""What a text is printed on: a terminal with its width, or anything else."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NO_SCREEN", "Screen"]


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a text goes.

    `width` is how many columns a terminal has; None for a pipe or a file, where nothing is
    shortened. `draws` says whether it shows the blocks of a sparkline.
    """

    width: int | None = None
    colour: bool = False
    draws: bool = True


NO_SCREEN = Screen()

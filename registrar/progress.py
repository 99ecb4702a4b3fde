"""What a long command is at: a bar on a terminal, else a line every few seconds, both on stderr.

Only the command line shows any of it. What is done is counted from wherever it is done, in any
thread; without a step of that name under way nothing is counted.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["advance", "grow", "shown", "step"]

DELAY = 0.7  # seconds that a step takes before it is worth a bar
EVERY = 5.0  # seconds between two lines where there is no terminal
UNITS = {"B": 1e6}
NAMES = {"B": "MB"}

_steps: dict[str, _Step] = {}
_lock = threading.Lock()
_showing = False


@contextlib.contextmanager
def shown(*, wanted: bool = True) -> Iterator[None]:
    """Progress is shown until the block ends."""
    global _showing  # noqa: PLW0603 - one stderr, one switch
    before, _showing = _showing, wanted
    try:
        yield
    finally:
        _showing = before


@contextlib.contextmanager
def step(name: str, total: int = 0, unit: str = "models") -> Iterator[None]:
    """`total` units of this kind of work are under way; 0 where nobody knows yet, see `grow`."""
    if not _showing or name in _steps:
        yield
        return
    under_way = _steps[name] = _Step(name, total, unit)
    try:
        yield
    finally:
        with _lock:
            del _steps[name]
            under_way.close()


def advance(name: str, count: int = 1) -> None:
    """So many units more are done."""
    if name in _steps:
        with _lock:
            if under_way := _steps.get(name):
                under_way.advance(count)


def grow(name: str, count: int) -> None:
    """So many units more are to be done."""
    if name in _steps:
        with _lock:
            if under_way := _steps.get(name):
                under_way.grow(count)


class _Step:
    """One kind of work; silent as long as it is quick."""

    def __init__(self, name: str, total: int, unit: str) -> None:
        self.name, self.total, self.unit = name, total, unit
        self.done = 0
        self.bar: Any = None
        self.next = time.monotonic() + (DELAY if sys.stderr.isatty() else EVERY)

    def grow(self, count: int) -> None:
        self.total += count
        if self.bar is not None:
            self.bar.total = self.total
            self.bar.refresh()

    def advance(self, count: int) -> None:
        self.done += count
        if self.bar is not None:
            self.bar.update(count)
        elif time.monotonic() >= self.next:
            self._show()

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()

    def _show(self) -> None:
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(
                desc=self.name,
                total=self.total or None,
                initial=self.done,
                unit=self.unit if self.unit in UNITS else f" {self.unit}",
                unit_scale=self.unit in UNITS,
                leave=False,
                file=sys.stderr,
            )
            return
        scale, unit = UNITS.get(self.unit, 1), NAMES.get(self.unit, self.unit)
        digits = 1 if self.unit in UNITS else 0
        total = f" of {self.total / scale:.{digits}f}" if self.total else ""
        done = f"{self.done / scale:.{digits}f}"
        print(f"{self.name}: {done}{total} {unit}", file=sys.stderr, flush=True)
        self.next = time.monotonic() + EVERY

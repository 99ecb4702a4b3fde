"""The progress of a long command, on stderr: a bar on a terminal, else a line every few seconds.

Only the command line shows it. Work is counted wherever it is done, in any thread. While no step of
that name runs, nothing is counted.
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

__all__ = ["advance", "grow", "show_progress", "step"]

BAR_DELAY = 0.7  # seconds that a step takes before it gets a bar
LINE_INTERVAL = 5.0  # seconds between two lines where there is no terminal
BYTES = "B"  # the unit whose counts are printed as megabytes
MEGABYTE = 1e6

_steps: dict[str, _Step] = {}
_lock = threading.Lock()
_shows = False


@contextlib.contextmanager
def show_progress(*, wanted: bool = True) -> Iterator[None]:
    """Show progress until the block ends, if it is wanted."""
    global _shows  # noqa: PLW0603 - one stderr, one switch
    before, _shows = _shows, wanted
    try:
        yield
    finally:
        _shows = before


@contextlib.contextmanager
def step(name: str, total: int = 0, unit: str = "models") -> Iterator[None]:
    """Count work under `name` until the block ends.

    `total` is the amount of work in units; 0 where it is not known yet: see `grow`. An inner step
    of the same name counts for the outer one.
    """
    current = _Step(name, total, unit)
    with _lock:
        counts = _shows and _steps.setdefault(name, current) is current
    if not counts:
        yield
        return
    try:
        yield
    finally:
        with _lock:
            del _steps[name]
            with contextlib.suppress(OSError):
                current.close()


def advance(name: str, count: int = 1) -> None:
    """Count `count` more units as done."""
    _update(name, done=count)


def grow(name: str, count: int) -> None:
    """Add `count` units to the work that is to be done."""
    _update(name, total=count)


def _update(name: str, done: int = 0, total: int = 0) -> None:
    """Count for a step, if it runs. A stderr that cannot be written stops no work."""
    if name in _steps:
        with _lock, contextlib.suppress(OSError):
            if current := _steps.get(name):
                current.update(done, total)


class _Step:
    """One kind of work. It prints nothing as long as it is quick."""

    def __init__(self, name: str, total: int, unit: str) -> None:
        self.name, self.total, self.unit = name, total, unit
        self.done = 0
        self.bar: Any = None
        self.shows_at = time.monotonic() + (BAR_DELAY if sys.stderr.isatty() else LINE_INTERVAL)

    def update(self, done: int, total: int) -> None:
        self.done += done
        self.total += total
        if self.bar is not None:
            self.bar.total = self.total or None
            self.bar.update(done)
        elif done and time.monotonic() >= self.shows_at:
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
                unit=self.unit if self.unit == BYTES else f" {self.unit}",
                unit_scale=self.unit == BYTES,
                leave=False,
                file=sys.stderr,
            )
            return
        print(f"{self.name}: {self._amounts()}", file=sys.stderr, flush=True)
        self.shows_at = time.monotonic() + LINE_INTERVAL

    def _amounts(self) -> str:
        """Return `3 of 40 models`, `1.0 of 4.0 MB`; without a total, `3 models`."""
        amounts = [self.done, self.total] if self.total else [self.done]
        if self.unit == BYTES:
            return " of ".join(f"{amount / MEGABYTE:.1f}" for amount in amounts) + " MB"
        return f"{' of '.join(map(str, amounts))} {self.unit}"

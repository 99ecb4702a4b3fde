"""The progress of a long command, on stderr: bars on a terminal, else a line every few seconds.

Only the command line shows it. Work is counted wherever it is done, in any thread. While no step of
that name runs, nothing is counted.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.bars import Bar, Bars

__all__ = ["advance", "grow", "move", "show_progress", "step", "transfer"]

BAR_DELAY = 0.7  # seconds that a step takes before it gets a bar
REDRAW_INTERVAL = 0.1  # seconds
LINE_INTERVAL = 5.0  # seconds between two lines where there is no terminal
BYTES = "B"  # the unit whose counts are printed as megabytes
MEGABYTE = 1e6
DUMB_TERMINALS = {"dumb", "unknown"}  # they cannot move the cursor

_steps: dict[str, _Step] = {}
_lock = threading.Lock()
_shows = False
_bars: Bars | None = None
_transfer: ContextVar[_Transfer | None] = ContextVar("transfer", default=None)


@contextlib.contextmanager
def show_progress(*, wanted: bool = True) -> Iterator[None]:
    """Show progress until the block ends, if it is wanted."""
    global _shows  # noqa: PLW0603 - one stderr, one switch
    before, _shows = _shows, wanted
    try:
        with _show_bars() if wanted and _is_terminal() else contextlib.nullcontext():
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
            if _bars is not None:
                _redraw(_bars)


def advance(name: str, count: int = 1) -> None:
    """Count `count` more units as done."""
    _update(name, done=count)


def grow(name: str, count: int) -> None:
    """Add `count` units to the work that is to be done."""
    _update(name, total=count)


@contextlib.contextmanager
def transfer(name: str, size: int | None) -> Iterator[None]:
    """Count a file of `size` bytes as done when the block ends, and nothing if the block fails.

    What `move` counts in the block, or in a thread with its context, shows at once.
    """
    current = _Transfer(name)
    token = _transfer.set(current)
    try:
        yield
    except BaseException:
        current.end(0)
        raise
    finally:
        _transfer.reset(token)
    current.end(size)


def move(count: int) -> None:
    """Count bytes of the file that is sent or received."""
    current = _transfer.get()
    if current is not None:
        current.move(count)


def _update(name: str, done: int = 0, total: int = 0) -> None:
    """Count for a step, if it runs. A stderr that cannot be written stops no work."""
    if name in _steps:
        with _lock, contextlib.suppress(OSError):
            if current := _steps.get(name):
                current.done += done
                current.total += total
                if done and _bars is None and current.is_late:
                    current.print_line()


class _Step:
    """One kind of work. It shows nothing as long as it is quick."""

    def __init__(self, name: str, total: int, unit: str) -> None:
        self.name, self.total, self.unit = name, total, unit
        self.done = 0
        self.shows_at = time.monotonic() + (LINE_INTERVAL if _bars is None else BAR_DELAY)

    @property
    def is_late(self) -> bool:
        """Whether there is work that takes so long that people wait for it."""
        return bool(self.total or self.done) and time.monotonic() >= self.shows_at

    @property
    def bar(self) -> Bar:
        """What a bar shows of the work."""
        from registrar.bars import Bar

        return Bar(self.name, self.done, self._known_total, self._amount)

    def print_line(self) -> None:
        """Print how far the work is."""
        print(f"{self.name}: {self._amount}", file=sys.stderr, flush=True)
        self.shows_at = time.monotonic() + LINE_INTERVAL

    @property
    def _known_total(self) -> int | None:
        """The total; None where a part of it is not known, as for files whose size no store tells."""
        return self.total if self.total >= self.done else None

    @property
    def _amount(self) -> str:
        """`3 of 40 models`, `1.0 of 4.0 MB`; without a total, `3 models`."""
        amounts = [self.done] if self._known_total is None else [self.done, self.total]
        if self.unit == BYTES:
            return " of ".join(f"{amount / MEGABYTE:.1f}" for amount in amounts) + " MB"
        unit = self.unit.removesuffix("s") if amounts[-1] == 1 else self.unit
        return f"{' of '.join(map(str, amounts))} {unit}"


class _Transfer:
    """The bytes of one file under way."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._moved = 0
        self._ended = False

    def move(self, count: int) -> None:
        """Count bytes; a thread that nobody waits for any more counts nothing."""
        with self._lock:
            if not self._ended:
                self._moved += count
                advance(self._name, count)

    def end(self, size: int | None) -> None:
        """Count the file as `size` bytes, whatever has moved; None for what has moved."""
        with self._lock:
            self._ended = True
            if size is not None and size != self._moved:
                advance(self._name, size - self._moved)


def _is_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in DUMB_TERMINALS


@contextlib.contextmanager
def _show_bars() -> Iterator[None]:
    """Draw a bar for each slow step until the block ends, in a thread."""
    global _bars  # noqa: PLW0603 - one stderr
    from registrar.bars import Bars, StreamAbove  # on a terminal alone

    stream, bars, ended = sys.stderr, Bars(sys.stderr), threading.Event()

    def paint() -> None:
        while not ended.wait(REDRAW_INTERVAL):
            with _lock:
                is_needed = any(step.is_late for step in _steps.values())
            if is_needed:
                bars.load()
                with _lock:
                    _redraw(bars)

    painter = threading.Thread(target=paint, daemon=True)
    _bars = bars
    sys.stderr = StreamAbove(stream, bars)
    painter.start()
    try:
        yield
    finally:
        ended.set()
        painter.join()
        sys.stderr = stream
        _bars = None
        with contextlib.suppress(OSError):
            bars.draw([])


def _redraw(bars: Bars) -> None:
    """Draw the steps that are slow. A stderr that cannot be written stops no work."""
    with contextlib.suppress(OSError):
        bars.draw([step.bar for step in _steps.values() if step.is_late])

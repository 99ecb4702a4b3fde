"""Bars on a terminal, one below the other; what is printed meanwhile stands above them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

__all__ = ["Bar", "Bars", "StreamAbove"]

# Columns on the right that stay empty: a terminal prints ^C behind the last bar, and would break the
# line, so that the bar could not be removed any more.
MARGIN = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """The progress of one step. `total` is None where nobody knows it; `amount` is the text at the end."""

    name: str
    done: int
    total: int | None
    amount: str


class Bars:
    """The bars on one terminal; many threads may use it.

    Nothing stays on the screen when the last bar is gone. The cursor is never hidden, so that a
    process that is killed leaves a terminal in order.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.RLock()
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}

    @staticmethod
    def load() -> None:
        """Import what draws, which takes a tenth of a second; whoever draws first need not wait."""
        import rich.progress  # noqa: F401

    def draw(self, bars: Sequence[Bar]) -> None:
        """Show these bars as they are now, and no others. Raises OSError."""
        with self._lock:
            for name in self._tasks.keys() - {bar.name for bar in bars}:
                self._progress.remove_task(self._tasks.pop(name))
            if not bars:
                self._stop()
                return
            if self._progress is None:
                self._progress = _make_progress(self._stream)
                self._progress.start()
            for bar in bars:
                fields = {"completed": bar.done, "total": bar.total, "amount": bar.amount}
                if bar.name not in self._tasks:
                    self._tasks[bar.name] = self._progress.add_task(bar.name, **fields)
                self._progress.update(self._tasks[bar.name], **fields)
            self._progress.refresh()

    def print_above(self, text: str) -> bool:
        """Print whole lines above the bars; return False where there is no bar."""
        with self._lock:
            if self._progress is None:
                return False
            # Without soft_wrap, rich breaks long lines; with it, the terminal does.
            self._progress.console.print(text, end="", markup=False, emoji=False, soft_wrap=True)
            return True

    def _stop(self) -> None:
        progress, self._progress = self._progress, None
        self._tasks.clear()
        if progress is not None:
            progress.stop()


class StreamAbove:
    """A stream to a terminal with bars: text appears above them, line by line."""

    def __init__(self, stream: TextIO, bars: Bars) -> None:
        self._stream = stream
        self._bars = bars
        self._lock = threading.RLock()
        self._rest = ""

    def write(self, text: str) -> int:
        """Print a text. The start of a line waits for its end while there are bars."""
        with self._lock:
            lines, newline, rest = (self._rest + text).rpartition("\n")
            if self._bars.print_above(lines + newline):
                self._rest = rest
            else:
                self._stream.write(lines + newline + rest)
                self._rest = ""
        return len(text)

    def flush(self) -> None:
        """Bring what was written to the terminal."""
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _make_progress(stream: TextIO) -> Any:
    """Return rich's bars, which others than rich draw anew and whose lines others print above."""
    from rich.console import Console, ConsoleOptions
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    class Terminal(Console):
        """A terminal whose cursor stays visible, and whose last columns stay empty."""

        @property
        def options(self) -> ConsoleOptions:
            options = super().options
            return options.update_width(max(options.max_width - MARGIN, 1))

        def show_cursor(self, show: bool = True) -> bool:  # noqa: FBT001, FBT002, ARG002 - as rich has it
            return False

    class Clock(ProgressColumn):
        """The time that is left, or that the work has taken so far."""

        def render(self, task: Task) -> Text:
            left = task.time_remaining if task.total else None
            if left is not None and not task.finished:
                return Text(f"{_clock(left)} left")
            return Text(_clock(task.elapsed or 0))

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[amount]}", markup=False),
        Clock(),
        console=Terminal(file=stream, highlight=False, force_terminal=True, force_interactive=True),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        expand=True,
    )


def _clock(seconds: float) -> str:
    """Return `0:05`, `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"

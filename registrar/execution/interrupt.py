"""Ctrl-C and SIGTERM between two writes, not in the middle of one."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Interrupt"]


class Interrupt:
    """While it is installed, a signal raises KeyboardInterrupt, until `hold` is called.

    From then on it sets `pending`, and the work stops between two writes: the outcome of each is
    known. A second signal is not held back.
    """

    def __init__(self) -> None:
        self.pending = False
        self._holding = self._writing = False

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM until the block ends; only the main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        # A shell's background job ignores Ctrl-C, and is to go on doing so.
        before = {number: now for number, now in before.items() if now != signal.SIG_IGN}
        for number in before:
            signal.signal(number, self._received)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @property
    def writing(self) -> bool:
        """Whether something may have been written."""
        return self._writing

    def hold(self) -> None:
        """Writing has begun: whoever writes looks at `pending` before the next write."""
        self._holding = self._writing = True

    @contextlib.contextmanager
    def released(self) -> Iterator[None]:
        """A part of `held` code that may take long, and may be cut off: a signal is raised.

        Signals reach the main thread only: code of another one asks `check` from time to time.
        """
        self.check()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._holding = False
        try:
            yield
        finally:
            self._holding = True

    def check(self) -> None:
        """Raises KeyboardInterrupt where a signal has come."""
        if self.pending:
            raise KeyboardInterrupt

    def _received(self, number: int, frame: Any) -> None:
        del number, frame
        again, self.pending = self.pending, True
        if again or not self._holding:
            raise KeyboardInterrupt

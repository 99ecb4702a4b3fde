"""Ctrl-C and SIGTERM take effect between two writes, not in the middle of one."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Interrupt"]


class Interrupt:
    """The signals that a run has received.

    While it is installed, a signal raises KeyboardInterrupt, until `hold` is called. From then on a
    signal sets `pending`, and the run stops between two writes, so that the outcome of each write
    is known. A second signal raises at once.
    """

    def __init__(self) -> None:
        self.pending = False
        self._holding = self._writing = False

    @contextlib.contextmanager
    def install(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM until the block ends; only the main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        # A shell makes its background jobs ignore Ctrl-C; they must keep ignoring it.
        before = {number: now for number, now in before.items() if now != signal.SIG_IGN}
        for number in before:
            signal.signal(number, self._receive)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @property
    def writing(self) -> bool:
        """Return whether something may have been written."""
        return self._writing

    def hold(self) -> None:
        """Hold signals back: writes begin, and whoever writes checks `pending` before each."""
        self._holding = self._writing = True

    def note_write(self) -> None:
        """Remember that something is written, although signals raise still: files are sent."""
        self._writing = True

    @contextlib.contextmanager
    def release(self) -> Iterator[None]:
        """Let signals raise again until the block ends: its work is long, and can be interrupted.

        Signals reach the main thread only. Work in another thread calls `check` from time to time.
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

    def is_pending(self) -> bool:
        """Return whether a signal is pending."""
        return self.pending

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal is pending."""
        if self.pending:
            raise KeyboardInterrupt

    def _receive(self, number: int, frame: Any) -> None:
        del number, frame
        again, self.pending = self.pending, True
        if again or not self._holding:
            raise KeyboardInterrupt

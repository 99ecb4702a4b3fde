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
    """While it is installed, a signal raises KeyboardInterrupt, but never inside `held` code.

    A signal that arrives there is raised when the code is left, so that the outcome of every
    write is known. A second signal is not held back.
    """

    def __init__(self) -> None:
        self.pending = False
        self._holding = False

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM until the block ends; only the main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number in before:
            signal.signal(number, self._received)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """A write whose outcome has to be known."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self.pending:
            raise KeyboardInterrupt

    def _received(self, number: int, frame: Any) -> None:
        del number, frame
        again, self.pending = self.pending, True
        if again or not self._holding:
            raise KeyboardInterrupt

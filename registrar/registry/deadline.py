"""The end of the waits of one request: a moment, a size, and a run that is stopped."""

from __future__ import annotations

import contextvars
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from registrar.registry.failures import OversizedReplyError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["POLL_INTERVAL", "Deadline", "call_within"]

T = TypeVar("T")

POLL_INTERVAL = 0.25  # seconds between two looks at whether the run was stopped
LONGEST_WAIT = 1_000_000.0  # seconds; a socket takes no timeout of more than 24 days
GRACE = 1.0  # seconds that a read may take after the run was stopped: most replies come in time


def _never() -> bool:
    return False


class Deadline:
    """When the waits of one request end: after `seconds`, counted from the first wait.

    `size` is how many bytes its reply may have; None for any number. `stop` ends the waits early,
    for requests that change nothing.
    """

    def __init__(
        self, seconds: float, size: int | None = None, stop: Callable[[], bool] = _never
    ) -> None:
        self.seconds = min(seconds, LONGEST_WAIT)
        self.size = size
        self.stop = stop
        self._end: float | None = None
        self._stopped: float | None = None

    def remaining(self) -> float:
        """Return how many seconds are left. Raises TimeoutError where none is."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self.seconds
        if now >= self._end:
            raise TimeoutError("the deadline of the request is over")
        return min(self._end - now, LONGEST_WAIT)

    def extend(self, seconds: float) -> None:
        """Give the request more time: a long file that keeps arriving is not a stalled reply."""
        self.seconds = min(self.seconds + seconds, LONGEST_WAIT)
        if self._end is not None:
            self._end += seconds

    def count(self, received: int) -> None:
        """Raise OversizedReplyError where a reply has more bytes than it may have."""
        if self.size is not None and received > self.size:
            raise OversizedReplyError(f"its reply has more than {self.size:,} bytes")

    def check_stop(self) -> None:
        """Raise StoppedError a moment after the run was stopped."""
        if self.stop():
            now = time.monotonic()
            self._stopped = self._stopped or now
            if now - self._stopped >= GRACE:
                raise StoppedError("the run was stopped")


def call_within(
    deadline: Deadline, function: Callable[[], T], watch: Callable[[], object] = lambda: None
) -> T:
    """Return the result of a function that has no deadline of its own; `watch` is called meanwhile.

    Raises TimeoutError at the deadline, and StoppedError. The function then goes on in its thread,
    and nobody sees its result; the end of the process does not wait for it.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    ended = threading.Event()

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # it is raised again in the thread that waits
            errors.append(error)
        finally:
            ended.set()

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), daemon=True).start()
    while not ended.wait(min(POLL_INTERVAL, deadline.remaining())):
        deadline.check_stop()
        watch()
    if errors:
        raise errors[0]
    return results[0]

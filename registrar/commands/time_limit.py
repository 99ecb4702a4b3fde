"""A limit on how long a rule may take: a regular expression can take years for a short text."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TimeLimitError", "limit_time"]


class TimeLimitError(Exception):
    """The block of `limit_time` took too long."""


@contextlib.contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Raise TimeLimitError in a block that takes longer.

    Only a signal interrupts a regular expression. It reaches the main thread alone, and Windows has
    none: elsewhere there is no limit.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "setitimer"):
        yield
        return
    handler = signal.signal(signal.SIGALRM, _interrupt)
    rest, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, rest, interval)
        signal.signal(signal.SIGALRM, handler)


def _interrupt(*_: object) -> NoReturn:
    raise TimeLimitError

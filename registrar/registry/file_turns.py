"""Turns, which the files that this process sends and receives take: of all models together."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from registrar.registry.http.transport import CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["take_turn"]

WAIT = 0.25  # seconds between two looks at whether the run was stopped
_turns = threading.Semaphore(CONNECTIONS - 2)  # two connections are left for other requests


@contextlib.contextmanager
def take_turn(stop: Callable[[], object]) -> Iterator[None]:
    """Wait until this thread may move a file, and let nobody else have its turn until the block ends.

    The time of a request begins after that. Where `stop` returns True, there is no wait any longer;
    it may raise, too.
    """
    is_taken = False
    while not stop() and not (is_taken := _turns.acquire(timeout=WAIT)):
        pass
    try:
        yield
    finally:
        if is_taken:
            _turns.release()

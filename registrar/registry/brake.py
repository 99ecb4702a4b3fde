"""One pace for all threads that ask one server, slower while it says that it has too many requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

__all__ = ["Brake"]

FIRST_GAP = 0.05  # seconds between two requests after the first refusal; it doubles with each
MAX_GAP = 1.0  # seconds
GAP_FACTOR = 0.9  # the gap shrinks by it with each answered request
MIN_GAP = 0.01  # seconds; a shorter gap becomes 0


@dataclass(slots=True)
class Brake:
    """When the next request may be sent. Times are those of the caller's clock, in seconds."""

    _gap: float = 0.0
    _free_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take_turn(self, now: float) -> float:
        """Return how many seconds the caller has to wait before it sends its request."""
        with self._lock:
            turn = max(now, self._free_at)
            if self._gap:
                self._free_at = turn + self._gap
            return turn - now

    def tighten(self, now: float, pause: float) -> None:
        """Send nothing for `pause` seconds, and then at larger intervals: the server is busy."""
        with self._lock:
            self._gap = min(max(2 * self._gap, FIRST_GAP), MAX_GAP)
            self._free_at = max(self._free_at, now + pause)

    def loosen(self) -> None:
        """Let the requests come closer again: one was answered."""
        if self._gap:
            with self._lock:
                self._gap = self._gap * GAP_FACTOR if self._gap > MIN_GAP else 0.0

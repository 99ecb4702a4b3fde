"""Calls to a server or database: tried once, or repeated until a deadline."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from registrar.errors import OutcomeUnknownError, UnreachableError
from registrar.registry.translate_errors import translated

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Retry"]

T = TypeVar("T")

FIRST_PAUSE = 0.1  # seconds before the first repetition; each further one is twice as long
LONGEST_PAUSE = 2.0  # seconds


def _jitter(pause: float) -> float:
    """Return a random part of a pause: clients that failed together do not come back together."""
    return random.uniform(0, pause)  # noqa: S311 - not a secret


@dataclass(frozen=True, slots=True)
class Retry:
    """Calls to one address, whose failures are raised as RegistrarErrors.

    `where` is the address without secrets. A call that may be repeated is tried for `timeout`
    seconds. `clock` and `sleep` measure and spend seconds; `jitter` shortens a pause.
    """

    where: str
    timeout: float
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], object] = field(default=time.sleep, repr=False)
    jitter: Callable[[float], float] = field(default=_jitter, repr=False)

    def call_once(self, request: Callable[[], T]) -> T:
        """Return the result of one attempt.

        Raises OutcomeUnknownError when the server may have carried the request out.
        """
        with translated(self.where):
            return request()

    def call(self, request: Callable[[], T], extra: float = 0) -> T:
        """Return the result of a request that may be repeated.

        A server that answers late or with a failure is given `extra` seconds more; one that cannot
        be reached is not.
        """
        start = self.clock()
        pause = FIRST_PAUSE
        while True:
            try:
                return self.call_once(request)
            except (OutcomeUnknownError, UnreachableError) as error:
                limit = self.timeout + (extra if isinstance(error, OutcomeUnknownError) else 0)
                wait = self.jitter(pause)
                if self.clock() - start + wait >= limit:
                    raise
            self.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

"""Calls to a server or database: tried once, or repeated until a deadline."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from registrar.errors import OutcomeUnknownError, ServerError, UnreachableError
from registrar.log import log_retry, warn_of_retry
from registrar.registry.brake import Brake
from registrar.registry.translate_errors import translated

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Retry"]

T = TypeVar("T")

FIRST_PAUSE = 0.1  # seconds before the first repetition; each further one is twice as long
PAUSES = random.Random()  # noqa: S311 - not a secret; the program's own seed stays what it is
LONG_RETRY = 2.0  # seconds after which a person is told that the server fails
MAX_PAUSE = 1.0  # seconds; also how soon a stopped run is noticed


def _jitter(pause: float) -> float:
    """Return a random part of a pause: clients that failed together do not come back together."""
    return PAUSES.uniform(0, pause)


def _never() -> bool:
    return False


def _nothing() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Calls to one address, whose failures are raised as RegistrarErrors.

    `where` is the address without secrets. A call that may be repeated is tried for `timeout`
    seconds, and not again once `stop` says that the run was stopped. Where the server says that it
    is busy, the calls of all threads become slower. `clock` and `sleep` measure and spend seconds;
    `jitter` shortens a pause.
    """

    where: str
    timeout: float
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], object] = field(default=time.sleep, repr=False)
    jitter: Callable[[float], float] = field(default=_jitter, repr=False)
    stop: Callable[[], bool] = field(default=_never, repr=False)
    brake: Brake = field(default_factory=Brake, repr=False)
    warned: Event = field(default_factory=Event, repr=False)

    def call_once(self, request: Callable[[], T]) -> T:
        """Return the result of one attempt.

        Raises OutcomeUnknownError when the server may have carried the request out.
        """
        self._wait(self.brake.take_turn(self.clock()))
        try:
            with translated(self.where):
                result = request()
        except ServerError as error:
            if error.is_busy:
                self.brake.tighten(self.clock(), min(error.retry_after or 0, self.timeout))
            raise
        self.brake.loosen()
        return result

    def call(self, request: Callable[[], T], extra: Callable[[], float] = _nothing) -> T:
        """Return the result of a request that may be repeated.

        A server that answers late or with a failure is given `extra` seconds more, as told after the
        failure; one that cannot be reached is not. It is waited for as long as it asks, if that is
        within the time.
        """
        start = self.clock()
        pause = FIRST_PAUSE
        while True:
            try:
                return self.call_once(request)
            except (OutcomeUnknownError, UnreachableError) as error:
                limit = self.timeout + (extra() if isinstance(error, OutcomeUnknownError) else 0)
                wait = max(self.jitter(pause), error.retry_after or 0)
                spent = self.clock() - start
                if error.is_final or self.stop() or spent + wait >= limit:
                    raise
                self._tell(error, spent, wait, limit)
                self._wait(wait)
                if self.stop():
                    raise
            pause = min(pause * 2, MAX_PAUSE)

    def _tell(self, error: ServerError, spent: float, wait: float, limit: float) -> None:
        """Log a retry; warn of the first that has taken long, in whichever thread it is."""
        reason = error.problems[0].message
        log_retry(reason, wait)
        if spent + wait > LONG_RETRY and not self.warned.is_set():
            self.warned.set()
            warn_of_retry(reason, limit)

    def _wait(self, seconds: float) -> None:
        """Wait; end early where the run is stopped."""
        while seconds > 0 and not self.stop():
            self.sleep(min(seconds, MAX_PAUSE))
            seconds -= MAX_PAUSE

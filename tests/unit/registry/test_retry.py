"""Calls are repeated until a deadline, and only where a repetition can help."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from registrar.errors import InvalidRequestError, OutcomeUnknownError, UnreachableError
from registrar.registry.retry import Retry


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def retry(clock: Clock, timeout: float = 10) -> Retry:
    return Retry("http://server", timeout, lambda: clock.now, clock.sleep, lambda pause: pause)


def test_a_call_is_repeated_with_growing_pauses_until_its_deadline() -> None:
    clock = Clock()

    def fail() -> None:
        raise OutcomeUnknownError("503")

    with pytest.raises(OutcomeUnknownError):
        retry(clock).call(fail)
    assert clock.pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]
    assert clock.now < 10


def test_extra_time_is_for_a_server_that_answers() -> None:
    late, gone = Clock(), Clock()

    def answer_503() -> None:
        raise OutcomeUnknownError("503")

    def refuse_connection() -> None:
        raise UnreachableError("connection refused")

    with pytest.raises(OutcomeUnknownError):
        retry(late).call(answer_503, extra=20)
    with pytest.raises(UnreachableError):
        retry(gone).call(refuse_connection, extra=20)
    assert 20 < late.now < 30
    assert gone.now < 10


def test_a_refusal_is_not_repeated() -> None:
    clock = Clock()

    def refuse() -> None:
        raise InvalidRequestError("no")

    with pytest.raises(InvalidRequestError):
        retry(clock).call(refuse)
    assert clock.pauses == []


@pytest.mark.parametrize("error", [TypeError("takes 3 arguments"), AttributeError("no such name")])
def test_a_programming_error_is_not_told_as_a_failure_of_the_network(error: Exception) -> None:
    clock = Clock()

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        retry(clock).call(fail)
    assert clock.pauses == []

"""Deadlines of repeated calls, on a clock that only moves when somebody sleeps or asks."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import pytest

from registrar.errors import OutcomeUnknownError, UnreachableError
from registrar.registry.failures import HttpError, NoReplyError
from registrar.registry.retry import MAX_PAUSE, Retry

LATE = NoReplyError("no answer in time", late=True)
REFUSED = NoReplyError("connection refused", sent=False)


@dataclass
class Clock:
    now: float = 100.0
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@dataclass
class Request:
    """Fails with the given errors, one after the other, and then succeeds."""

    clock: Clock
    errors: list[Exception]
    seconds: float = 0.0
    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        self.clock.now += self.seconds
        if self.errors:
            raise self.errors.pop(0)
        return "result"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def retry(clock: Clock) -> Retry:
    return Retry("http://host", 10.0, lambda: clock.now, clock.sleep, lambda pause: pause)


def test_a_request_that_succeeds_is_sent_once(retry: Retry, clock: Clock) -> None:
    request = Request(clock, [])
    assert retry.call(request) == "result"
    assert (request.count, clock.pauses) == (1, [])


def test_pauses_double_up_to_the_longest(retry: Retry, clock: Clock) -> None:
    request = Request(clock, [LATE, REFUSED, LATE, LATE, LATE, LATE])
    assert retry.call(request) == "result"
    assert clock.pauses == [0.1, 0.2, 0.4, 0.8, MAX_PAUSE, MAX_PAUSE]


def test_a_server_that_stays_away_is_given_up_at_the_deadline(retry: Retry, clock: Clock) -> None:
    with pytest.raises(UnreachableError):
        retry.call(Request(clock, [REFUSED] * 1000))
    assert clock.now - 100 < 10
    assert clock.now - 100 + MAX_PAUSE >= 10


def test_the_time_of_the_requests_counts(retry: Retry, clock: Clock) -> None:
    request = Request(clock, [LATE] * 1000, seconds=6)
    with pytest.raises(OutcomeUnknownError):
        retry.call(request)
    assert request.count == 2


def test_extra_time_is_for_a_server_that_answers(retry: Retry, clock: Clock) -> None:
    request = Request(clock, [LATE] * 1000, seconds=6)
    with pytest.raises(OutcomeUnknownError):
        retry.call(request, extra=lambda: 20)
    assert request.count == 5
    request = Request(clock, [REFUSED] * 1000, seconds=6)
    with pytest.raises(UnreachableError):
        retry.call(request, extra=lambda: 20)
    assert request.count == 2


@pytest.mark.parametrize("error", [HttpError(400, "BAD_REQUEST"), HttpError(401), TypeError("bug")])
def test_what_no_repetition_mends_is_raised_at_once(
    retry: Retry, clock: Clock, error: Exception
) -> None:
    request = Request(clock, [error])
    with pytest.raises(Exception):  # noqa: B017, PT011 - the class is another test's business
        retry.call(request)
    assert request.count == 1


def test_a_create_is_sent_once(retry: Retry, clock: Clock) -> None:
    request = Request(clock, [LATE])
    with pytest.raises(OutcomeUnknownError):
        retry.call_once(request)
    assert (request.count, clock.pauses) == (1, [])


def test_the_first_long_retry_is_warned_of_and_each_retry_is_logged(
    retry: Retry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "registrar")
    for _ in range(2):
        with pytest.raises(UnreachableError):
            retry.call(Request(Clock(), [REFUSED] * 1000))

    levels = [record.levelname for record in caplog.records]
    assert levels.count("WARNING") == 1
    assert levels.count("INFO") > 10
    assert "cannot reach http://host: connection refused; trying again in 0.1 s" in caplog.text

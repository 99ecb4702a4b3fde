"""A server that has too many requests slows all threads down, and is asked faster again later."""

from __future__ import annotations

import pytest

from registrar.errors import OutcomeUnknownError
from registrar.registry.brake import MAX_GAP, Brake
from registrar.registry.failures import HttpError
from registrar.registry.retry import Retry


def test_without_a_refusal_nobody_waits() -> None:
    brake = Brake()
    assert [brake.take_turn(5.0) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_after_a_refusal_all_wait_and_go_one_by_one() -> None:
    brake = Brake()
    brake.tighten(10.0, 2.0)
    turns = [brake.take_turn(10.0) for _ in range(3)]
    assert turns == pytest.approx([2.0, 2.05, 2.1])


def test_the_gap_grows_to_a_limit_and_shrinks_to_nothing() -> None:
    brake = Brake()
    for _ in range(20):
        brake.tighten(0.0, 0.0)
    brake.take_turn(0.0)
    assert brake.take_turn(0.0) == pytest.approx(MAX_GAP)
    for _ in range(100):
        brake.loosen()
    assert [brake.take_turn(50.0) for _ in range(2)] == [0.0, 0.0]


def test_calls_share_the_pause_that_a_server_asks_for() -> None:
    now = [100.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    retry = Retry("http://host", 10.0, lambda: now[0], sleep, lambda pause: pause)

    def refuse() -> None:
        raise HttpError(429, retry_after=3.0)

    with pytest.raises(OutcomeUnknownError):
        retry.call_once(refuse)
    assert now[0] == 100.0
    retry.call_once(lambda: None)
    assert now[0] == pytest.approx(103.0)


def test_a_stopped_run_repeats_nothing() -> None:
    retry = Retry("http://host", 10.0, sleep=lambda _: pytest.fail("it waits"), stop=lambda: True)
    with pytest.raises(OutcomeUnknownError):
        retry.call(lambda: (_ for _ in ()).throw(HttpError(503)))

"""Work in threads: in order, in bounded memory, and ended where a piece of it fails."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest

import registrar.threads
from registrar.threads import TASKS_PER_THREAD, run_in_order


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_order_of_the_items(threads: int) -> None:
    assert list(run_in_order(str, range(100), threads)) == [str(n) for n in range(100)]


def test_work_is_done_at_a_time() -> None:
    both = threading.Barrier(2, timeout=30)
    assert len(list(run_in_order(lambda _: both.wait(), range(4), 2))) == 4


def test_few_items_are_taken_before_their_turn() -> None:
    taken = 0

    def count(item: int) -> int:
        nonlocal taken
        taken = max(taken, item)
        return item

    results = run_in_order(count, range(1000), 2)
    assert next(results) == 0
    assert taken < TASKS_PER_THREAD * 2 + 1
    del results  # its threads end


def test_work_is_as_many_items_ahead_as_is_said() -> None:
    begun: list[int] = []

    def begin(item: int) -> int:
        begun.append(item)
        return item

    for item in run_in_order(begin, range(20), 2, ahead=1):
        assert len(begun) <= item + 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_a_failure_nothing_more_is_begun_and_what_runs_is_waited_for(
    error: type[BaseException],
) -> None:
    begun, ended = threading.Event(), threading.Event()
    calls: list[int] = []

    def work(item: int) -> None:
        calls.append(item)
        if item == 0:
            assert begun.wait(30)
            raise error
        begun.set()
        ended.wait(0.2)
        ended.set()

    with pytest.raises(error):
        list(run_in_order(work, range(30), 2))
    assert ended.is_set()
    assert len(calls) < 10


def test_the_failure_of_a_later_item_stops_the_items_that_wait() -> None:
    """The first item takes long; nothing else is begun meanwhile."""
    failed = threading.Event()
    calls: list[int] = []

    def work(item: int) -> None:
        calls.append(item)
        if item == 0:
            assert failed.wait(30)
            time.sleep(0.1)
        else:
            failed.set()
            raise ValueError(item)

    with pytest.raises(ValueError, match=r"^1$"):
        list(run_in_order(work, range(30), 2))
    assert calls == [0, 1]


class SlowPool:
    """A pool whose first thread takes its item, and begins only when the second one has failed."""

    def __init__(self) -> None:
        self.first: tuple[Future[Any], Any] | None = None

    def submit(self, call: Any, item: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.first is None:
            self.first = future, item
            return future
        for begun, taken in ((future, item), self.first):
            begun.set_exception(_failure_of(call, taken))
        return future


def _failure_of(call: Any, item: Any) -> BaseException:
    try:
        call(item)
    except BaseException as error:
        return error
    raise AssertionError


def test_the_error_is_that_of_an_item_whichever_thread_is_faster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        registrar.threads, "open_pool", lambda _: contextlib.nullcontext(SlowPool())
    )

    def work(item: int) -> None:
        raise KeyboardInterrupt(item)

    with pytest.raises(KeyboardInterrupt, match=r"^1$"):
        list(run_in_order(work, range(2), 2))

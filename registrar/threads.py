"""Threads that nobody has to wait for after Ctrl-C."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

__all__ = ["open_pool", "run_in_order"]

Item = TypeVar("Item")
Value = TypeVar("Value")

TASKS_PER_THREAD = 16  # handed out at a time; this bounds the memory


@contextlib.contextmanager
def open_pool(threads: int) -> Iterator[Executor]:
    """Yield a pool of threads. Where the block ends with an error, nobody waits for them."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads, thread_name_prefix="registrar")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def run_in_order(
    function: Callable[[Item], Value],
    items: Iterable[Item],
    threads: int,
    ahead: int = TASKS_PER_THREAD,
) -> Iterator[Value]:
    """Yield what a function returns for each item, in the order of the items.

    A single thread is the caller's. Others are at most `ahead` items ahead, each. Once the function fails for an item, it is called for no further
    one. The error is raised as soon as the calls under way have ended.
    """
    if threads < 2:
        yield from map(function, items)
        return
    failures: list[BaseException] = []

    def call(item: Item) -> Value:
        if failures:  # perhaps of a later item, whose thread was faster to begin
            raise failures[0]
        try:
            return function(item)
        except BaseException as error:
            failures.append(error)
            raise

    waiting: deque[Future[Value]] = deque()
    with open_pool(threads) as pool:
        for item in items:
            waiting.append(pool.submit(call, item))
            if len(waiting) >= ahead * threads:
                yield _take_first(waiting)
        while waiting:
            yield _take_first(waiting)


def _take_first(waiting: deque[Future[Value]]) -> Value:
    first = waiting.popleft()
    if first.exception() is not None:
        from concurrent.futures import wait

        wait(waiting)
    return first.result()

"""Run a piece of work for each of many items: in threads of this process, or on a cluster.

The work for one model is a function of the backend, the interrupt and the model. Its result is a
value, failures included, so it can run in any process.
"""

from __future__ import annotations

import itertools
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from registrar.errors import RegistrarError
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend

__all__ = ["Executor", "Work", "run_concurrently"]

Item = TypeVar("Item")
Value = TypeVar("Value")
Work: TypeAlias = "Callable[[Backend, Interrupt, Item], Value]"

TASKS_PER_THREAD = 2  # handed out at a time: one runs, one waits; this bounds the memory


def _never() -> bool:
    return False


class Cluster(Protocol):
    """Other processes that can do the work."""

    def run_each(
        self, work: Work[Item, Value], items: Sequence[Item], stop: Callable[[], bool]
    ) -> Iterator[tuple[int, Value | RegistrarError]]:
        """See `Executor.run_each`."""


@dataclass(frozen=True, slots=True)
class Executor:
    """Runs work on a cluster, if there is one, else in threads of this process.

    `parallelism` is the number of threads. `backend` and `interrupt` are those of this process; a
    cluster connects on its own.
    """

    backend: Backend
    interrupt: Interrupt
    parallelism: int = 8
    cluster: Cluster | None = None

    def run_each(
        self,
        work: Work[Item, Value],
        items: Sequence[Item],
        *,
        stop: Callable[[], bool] = _never,
    ) -> Iterator[tuple[int, Value | RegistrarError]]:
        """Yield (index of the item, result of the work), in the order of completion.

        Once `stop` returns True no more items are handed out, and those yield nothing. An item
        whose workers were lost yields an error.
        """
        if self.cluster is not None:
            return self.cluster.run_each(work, items, stop)
        return self.run_each_here(work, items, stop=stop)

    def run_each_here(
        self,
        work: Work[Item, Value],
        items: Sequence[Item],
        *,
        stop: Callable[[], bool] = _never,
    ) -> Iterator[tuple[int, Value]]:
        """Do the same as `run_each`, always in threads of this process.

        A single item is worked on in the calling thread, where a signal can interrupt it.
        """

        def call(item: Item) -> Value:
            return work(self.backend, self.interrupt, item)

        if len(items) < 2 or self.parallelism < 2:
            for index, item in enumerate(items):
                if stop():
                    return
                yield index, call(item)
            return
        pool = ThreadPoolExecutor(self.parallelism, thread_name_prefix="registrar")
        try:
            for index, future in run_concurrently(
                lambda item: pool.submit(call, item), items, self.parallelism, stop
            ):
                yield index, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def run_concurrently(
    submit: Callable[[Item], Future[Any]],
    items: Sequence[Item],
    threads: int,
    stop: Callable[[], bool],
) -> Iterator[tuple[int, Future[Any]]]:
    """Submit the items to `threads` threads, and yield (index, future) as they complete.

    `TASKS_PER_THREAD` futures exist for each thread at a time.
    """
    waiting: Iterator[tuple[int, Item]] = enumerate(items)
    submitted: dict[Future[Any], int] = {}
    while True:
        if stop():
            waiting = iter(())
            submitted = {future: n for future, n in submitted.items() if not future.cancel()}
        for index, item in itertools.islice(waiting, TASKS_PER_THREAD * threads - len(submitted)):
            submitted[submit(item)] = index
        if not submitted:
            return
        completed, _ = wait(submitted, return_when=FIRST_COMPLETED)
        for future in completed:
            yield submitted.pop(future), future

"""Work on many models side by side: in threads of this process, or elsewhere (`cluster`).

What is done for one model is a function of the backend and one item, and its result is
a value, failures included; so it can be done anywhere.
"""

from __future__ import annotations

import contextlib
import itertools
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from registrar.errors import RegistrarError
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend

__all__ = ["Executor", "Threads", "Work", "executing", "side_by_side"]

Item = TypeVar("Item")
Value = TypeVar("Value")
Work: TypeAlias = "Callable[[Backend, Interrupt, Item], Value]"

AHEAD = 2  # items handed out for each one being worked on: memory is bounded by these


class Executor(Protocol):
    """Does a piece of work for each of many items; `near` does it in this process."""

    @property
    def backend(self) -> Backend:
        """The registry and the artifact store, as this process reaches them."""

    @property
    def interrupt(self) -> Interrupt:
        """What stops it."""

    @property
    def near(self) -> Executor:
        """The threads of this process."""

    def each(
        self,
        work: Work[Item, Value],
        items: Sequence[Item],
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[int, Value | RegistrarError]]:
        """(index of the item, result), in the order of completion.

        Once `stop` is true no more items are handed out; those have no result. An item that
        nobody could be found to work on has the error in place of a result.
        """


@dataclass(frozen=True, slots=True)
class Threads:
    """At most `parallelism` items at a time, in threads of this process.

    A single item is worked on in the calling thread, where a signal can cut it off.
    """

    backend: Backend
    interrupt: Interrupt
    parallelism: int = 8

    @property
    def near(self) -> Threads:
        """See `Executor`."""
        return self

    def each(
        self,
        work: Work[Item, Value],
        items: Sequence[Item],
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[int, Value | RegistrarError]]:
        """See `Executor`."""

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
            for index, future in side_by_side(
                lambda item: pool.submit(call, item), items, AHEAD * self.parallelism, stop
            ):
                yield index, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextlib.contextmanager
def executing(
    config: Mapping[str, Any], backend: Backend, interrupt: Interrupt
) -> Iterator[Executor]:
    """What a valid configuration says is to do the work, until the block ends.

    Raises ServerError for a cluster that can not be reached, ConfigError for one that can not be
    used.
    """
    threads = Threads(backend, interrupt, config.get("parallelism", 8))
    chosen = config.get("executor", {})
    if chosen.get("kind", "threads") == "threads":
        yield threads
        return
    from registrar.execution.dask import cluster

    with cluster(chosen["address"], config["server"], threads) as found:
        yield found


def side_by_side(
    submit: Callable[[Item], Future[Any]],
    items: Sequence[Item],
    at_once: int,
    stop: Callable[[], bool],
) -> Iterator[tuple[int, Future[Any]]]:
    """(index, future) as they are done, of which `at_once` exist at a time."""
    rest: Iterator[tuple[int, Item]] = enumerate(items)
    waiting: dict[Future[Any], int] = {}
    while True:
        if stop():
            rest = iter(())
            waiting = {future: index for future, index in waiting.items() if not future.cancel()}
        for index, item in itertools.islice(rest, at_once - len(waiting)):
            waiting[submit(item)] = index
        if not waiting:
            return
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield waiting.pop(future), future

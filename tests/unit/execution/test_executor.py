"""Work on threads, and errors that come from another process."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

from registrar.errors import ConfigError, Place, Problem
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.execution.open_executor import open_executor

if TYPE_CHECKING:
    import pytest


def test_no_more_items_run_at_a_time_than_there_are_threads() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def work(_: Any, __: Any, item: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return item * item

    no_backend: Any = None
    executor = Executor(no_backend, Interrupt(), 3)
    assert sorted(executor.run_each(work, range(20))) == [(n, n * n) for n in range(20)]
    assert most == 3
    handed = list(executor.run_each(work, range(20), stop=lambda: most > 0 and now == 0))
    assert len(handed) < 20


def test_an_error_from_another_process_keeps_its_problems() -> None:
    import pickle

    error = ConfigError(
        Problem("example", "wrong", "Correct it.", path="model.uri", place=Place("f.yaml", 3))
    )
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_a_configuration_chooses_where_the_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    no_backend: Any = None
    with open_executor({}, no_backend, Interrupt()) as executor:
        assert (executor.parallelism, executor.cluster) == (8, None)

    class Cluster:
        def run_each(self, work: Any, items: Any, stop: Any) -> Any:
            return [(0, (work, items, stop()))]

    cluster: Any = contextlib.nullcontext(Cluster())
    monkeypatch.setattr("registrar.execution.dask.open_cluster", lambda *_: cluster)
    config = {"parallelism": 2, "executor": {"kind": "dask", "address": "tcp://x:1"}, "server": {}}
    with open_executor(config, no_backend, Interrupt()) as executor:
        assert executor.parallelism == 2
        work: Any = "work"
        assert list(executor.run_each(work, ["item"])) == [(0, ("work", ["item"], False))]

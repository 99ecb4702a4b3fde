"""Open the executor that a configuration chooses."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from registrar.execution.executor import Executor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend

__all__ = ["open_executor"]


@contextlib.contextmanager
def open_executor(
    config: Mapping[str, Any], backend: Backend, interrupt: Interrupt
) -> Iterator[Executor]:
    """Open the executor of a valid configuration until the block ends.

    Raises UnreachableError for a cluster that cannot be reached, ConfigError for one that cannot be
    used.
    """
    parallelism = config.get("parallelism", 8)
    executor = config.get("executor", {})
    if executor.get("kind", "threads") == "threads":
        yield Executor(backend, interrupt, parallelism)
        return
    from registrar.execution.dask import open_cluster

    with open_cluster(executor["address"], config["server"]) as cluster:
        yield Executor(backend, interrupt, parallelism, cluster)

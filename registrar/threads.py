"""Threads that nobody has to wait for after Ctrl-C."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

__all__ = ["open_pool"]


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

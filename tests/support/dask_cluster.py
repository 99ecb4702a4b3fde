"""A real Dask cluster on the loopback interface."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def cluster_processes(
    folder: Path, *, workers: int, python_path: Path
) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Start a scheduler and its workers, as processes."""
    env = environment(PYTHONPATH=str(python_path), DASK_DISTRIBUTED__WORKER__DAEMON="False")
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
            cwd=folder,
            env=env,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    assert scheduler.stderr is not None
    lines = iter(scheduler.stderr.readline, "")
    address = next(found[0] for line in lines if (found := re.search(r"tcp://127\S+:\d+", line)))
    drain(scheduler)
    options = ("--nthreads", "2", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    worker_processes = [start("dask_worker", address, *options) for _ in range(workers)]
    for worker in worker_processes:
        drain(worker)
    try:
        yield address, worker_processes
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(timeout=30)
            assert process.stderr is not None
            process.stderr.close()


def drain(process: subprocess.Popen[str]) -> None:
    """Discard what a process prints."""
    assert process.stderr is not None
    threading.Thread(target=process.stderr.read, daemon=True).start()

"""Sending the files of a model to an artifact store: several at a time, hashed as they are sent."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from registrar import progress
from registrar.registry.http.transport import CONNECTIONS
from registrar.threads import run_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from registrar.registry.retry import Retry
    from registrar.registry.stored_files import StoredFiles
    from registrar.state import File

__all__ = ["upload_files"]

UPLOAD_SPEED = 250_000  # bytes per second of one file among several; a slower upload is given up
MAX_UPLOAD_TRIES = 3  # how often a file may be sent before the deadline
WAIT = 0.25  # seconds between two looks at whether the run was stopped
# Files that this process sends at a time, of all models together. Two connections are left for
# other requests.
_turns = threading.Semaphore(CONNECTIONS - 2)


def upload_files(
    retry: Retry, target: StoredFiles, files: Sequence[File], check: Callable[[], object]
) -> Iterator[str]:
    """Store files, and yield the SHA-256 of what was stored of each, in their order.

    A file that is sent again is overwritten. `check` is called before each file, and may raise.
    Raises OSError where a file cannot be read, or changes meanwhile.
    """

    def upload(file: File) -> str:
        with _turn(check):
            path = Path(file.path)
            size = path.stat().st_size
            extra = size / UPLOAD_SPEED

            def send() -> str:
                with progress.transfer("uploading", size):
                    return target.upload(path, file.relative, extra)

            return retry.call(send, MAX_UPLOAD_TRIES * extra)

    return run_in_order(upload, files, min(target.parallel, len(files)))


@contextlib.contextmanager
def _turn(check: Callable[[], object]) -> Iterator[None]:
    """Wait until this thread may send a file."""
    check()
    while not _turns.acquire(timeout=WAIT):
        check()
    try:
        check()
        yield
    finally:
        _turns.release()

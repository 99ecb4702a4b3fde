"""Sending the files of a model to an artifact store: several at a time, hashed as they are sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from registrar import progress
from registrar.registry.file_turns import take_turn
from registrar.registry.moving_files import reading
from registrar.threads import run_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from registrar.registry.retry import Retry
    from registrar.registry.stored_files import StoredFiles
    from registrar.state import File

__all__ = ["upload_files"]

UPLOAD_SPEED = 250_000  # bytes per second of one file among several; a slower upload is given up
MAX_UPLOAD_TRIES = 3  # how often a file may be sent before the deadline


def upload_files(
    retry: Retry, target: StoredFiles, files: Sequence[File], check: Callable[[], object]
) -> Iterator[str]:
    """Store files, and yield the SHA-256 of what was stored of each, in their order.

    A file that is sent again is overwritten. `check` is called before each file, and may raise.
    Raises FileChangedError.
    """

    def upload(file: File) -> str:
        with take_turn(check):
            check()
            path = Path(file.path)
            with reading(path):
                size = path.stat().st_size
            extra = size / UPLOAD_SPEED

            def send() -> str:
                with progress.transfer("uploading", size):
                    return target.upload(path, file.relative, extra)

            return retry.call(send, MAX_UPLOAD_TRIES * extra)

    return run_in_order(upload, files, min(target.parallel, len(files)))

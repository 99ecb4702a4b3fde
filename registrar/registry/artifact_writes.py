"""Sending the files of a model to an artifact store: several at a time, hashed as they are sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from registrar import progress
from registrar.errors import RegistrarError
from registrar.registry.file_turns import take_turn
from registrar.registry.moving_files import reading
from registrar.registry.piped_file import OriginError
from registrar.threads import run_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from registrar.registry.http.artifacts import HttpFiles
    from registrar.registry.retry import Retry
    from registrar.registry.stored_files import StoredFiles
    from registrar.state import File

__all__ = ["Place", "copy_files", "upload_files"]

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

            return retry.call(send, lambda: MAX_UPLOAD_TRIES * extra)

    return run_in_order(upload, files, min(target.parallel, len(files)))


class Place(NamedTuple):
    """Files that an MLflow server serves, and how often it is asked."""

    retry: Retry
    files: HttpFiles


def copy_files(
    origin: Place, target: Place, files: Sequence[File], check: Callable[[], object]
) -> Iterator[str]:
    """Store files of another server, and yield the SHA-256 of what was sent of each, in their order.

    No file is written to a disk. The rest is as for `upload_files`; the error of the server that
    fails is raised.
    """

    def copy(file: File) -> str:
        extra = file.size / UPLOAD_SPEED
        received = 0  # bytes of the failed attempts

        def send() -> str:
            with progress.transfer("uploading", file.size):
                return target.files.upload_from(origin.files, file.relative, file.size, extra)

        def find_extra() -> float:
            """Return the seconds that failed attempts may have taken: a silent origin gets no more."""
            return min(extra, received / UPLOAD_SPEED)

        def try_once() -> str | RegistrarError:
            """Return an error of the target as a value: it is no reason to ask the origin again."""
            nonlocal received
            try:
                return target.retry.call(send, lambda: MAX_UPLOAD_TRIES * extra)
            except OriginError as error:
                received += error.received
                raise (error.__cause__ or error) from None
            except RegistrarError as error:
                return error

        with take_turn(check):
            check()
            result = origin.retry.call(try_once, lambda: MAX_UPLOAD_TRIES * find_extra())
        if isinstance(result, RegistrarError):
            raise result
        return result

    return run_in_order(copy, files, min(target.files.parallel, len(files)))

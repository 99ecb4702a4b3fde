"""Artifacts that lie in a folder of this machine."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from registrar.content.digest import THREADS, hash_file
from registrar.errors import NotFoundError, Problem, ServerError
from registrar.registry.moving_files import copy_file
from registrar.registry.stored_files import FileChangedError, StoredFile
from registrar.registry.translate_errors import lasting_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.uris import DirectoryUri

__all__ = ["LocalFiles"]

# MLflow's own prefix for files that are not complete; it does not list them either.
PARTIAL_PREFIX = ".artifact.uploading."
# A registry may name any path; no file can lie at one of these.
ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}


class LocalFiles:
    """See `StoredFiles`. MLflow's reader of folders cannot open names with `#` or `%20`."""

    is_local = True
    parallel = THREADS

    def __init__(self, uri: DirectoryUri) -> None:
        self.location = uri.text
        # MLflow removes the escapes of a path, too, so that is where it has put the files.
        unescaped, literal = Path(unquote(uri.path)), Path(uri.path)
        with _failures_told(self.location):
            if _is_of_the_system(uri.path):
                raise NotFoundError(f"{self.location} is no place for models")
            self.root = literal if literal.exists() and not unescaped.exists() else unescaped

    def list_folder(self, folder: str) -> list[StoredFile]:
        """See `StoredFiles`."""
        with (
            contextlib.suppress(NotFoundError),
            _failures_told(self.location),
            os.scandir(self.root / folder) as entries,
        ):
            return [
                StoredFile(
                    f"{folder}/{entry.name}" if folder else entry.name,
                    None if entry.is_dir() else _size(entry),
                    entry.is_dir(),
                )
                for entry in entries
                if not entry.name.startswith(PARTIAL_PREFIX)
            ]
        return []

    def read(self, path: str, limit: int) -> bytes:
        """See `StoredFiles`."""
        return self._find(path, limit).read_bytes()

    def hash(self, file: StoredFile) -> str:
        """See `StoredFiles`."""
        return hash_file(self._find(file.path))

    def save(self, file: StoredFile, target: Path) -> str:
        """See `StoredFiles`."""
        try:
            return copy_file(self._find(file.path), target)
        except FileChangedError as error:
            raise ServerError(f"{self.location}: {error}") from None

    def _find(self, path: str, limit: int | None = None) -> Path:
        file = self.root / path
        with _failures_told(self.location):
            if not file.is_file():
                raise NotFoundError(f"{self.location} has no {path}")
            if limit is not None and file.stat().st_size > limit:
                raise ServerError(f"{file} has more than {limit:,} bytes")
            if not os.access(file, os.R_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return file

    def upload(self, file: Path, path: str, extra: float) -> str:
        """See `StoredFiles`. A reader never sees a part of a file."""
        del extra
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(prefix=PARTIAL_PREFIX, dir=target.parent)
        os.close(handle)
        try:
            sha256 = copy_file(file, Path(partial))
            shutil.copystat(file, partial)
            Path(partial).replace(target)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        return sha256


def _is_of_the_system(path: str) -> bool:
    """Return whether a path is the root of the machine, or what its kernel shows as files.

    A registry may name any path, and reading these takes hours, or for ever.
    """
    real = os.path.realpath(path)
    return real == "/" or f"{real}/".startswith(("/proc/", "/sys/"))


@contextlib.contextmanager
def _failures_told(location: str) -> Iterator[None]:
    """Raise NotFoundError for a path where no file can be, ServerError for one that is unreadable."""
    try:
        yield
    except OSError as error:
        message = f"{location}: {error.strerror}"
        if error.errno in ABSENT:
            raise NotFoundError(message) from None
        hint = "Check the path and its permissions."
        raise lasting_failure(Problem("unreadable-file", message, hint)) from None
    except ValueError:  # a NUL, which no path may hold
        raise NotFoundError(f"{location} is no path") from None


def _size(entry: os.DirEntry[str]) -> int | None:
    """Return a file's size in bytes; None for a link that leads nowhere."""
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        return None

"""SQLite files: where a URI puts them, and opening one while others do the same."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from registrar.uris import scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["alone", "file_of", "is_missing"]


def file_of(uri: str) -> Path | None:
    """The file of an SQLite URI; None for any other."""
    if scheme_of(uri).partition("+")[0] != "sqlite" or ":memory:" in uri:
        return None
    path = unquote(uri.partition("://")[2].partition("?")[0])
    return Path(path[1:]) if path.startswith("/") else None


def is_missing(uri: str) -> bool:
    """Whether `uri` is an SQLite file that does not exist yet."""
    path = file_of(uri)
    return path is not None and not path.exists()


@contextlib.contextmanager
def alone(uri: str) -> Iterator[None]:
    """No other process of this user opens the same SQLite file until the block ends.

    MLflow makes the tables of a new file when it opens it; two that do so at once leave it broken.
    The lock lies with the system's temporary files, so nothing is left beside the database.
    """
    path = file_of(uri)
    if path is None:
        yield
        return
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:16]
    lock = Path(tempfile.gettempdir()) / f"registrar-{os.getuid()}-{name}.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

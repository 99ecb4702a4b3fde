"""Databases in this process: whether they answer, and opening a file while others do the same."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.errors import ConfigError, Problem, UnreachableError
from registrar.registry.retry import reason, unreachable
from registrar.uris import safe_uri, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["alone", "database_file", "is_missing", "reach"]


def is_missing(uri: str) -> bool:
    """Whether `uri` is an SQLite file that is not there or empty, in a folder that is."""
    path = database_file(uri)
    if path is None or not path.parent.is_dir():
        return False
    return not path.exists() or path.stat().st_size == 0


def reach(uri: str, timeout: float) -> None:
    """The database answers; MLflow itself would try for an hour before it says that it does not.

    Raises UnreachableError, or ConfigError for an address that no database has.
    """
    where, file = safe_uri(uri), database_file(uri)
    if file is not None and not file.parent.is_dir():
        message = f"{where}: there is no folder {file.parent}"
        raise UnreachableError(Problem("todo", message, "Make it, or correct server.tracking_uri."))
    import sqlalchemy

    arguments = {"connect_timeout": math.ceil(timeout)} if uri.startswith("postgres") else {}
    try:
        engine = sqlalchemy.create_engine(uri, connect_args=arguments)
        with engine.connect() as connection:
            if file is not None:  # connecting does not read the file
                connection.exec_driver_sql("PRAGMA schema_version")
        engine.dispose()
    except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        hint = "Correct server.tracking_uri, or install the database's driver."
        raise ConfigError(Problem("todo", f"{where}: {error}", hint)) from None
    except sqlalchemy.exc.SQLAlchemyError as error:
        lines = str(getattr(error, "orig", None) or error).strip().splitlines()
        why = reason(error) or (lines[0] if lines else type(error).__name__)
        raise UnreachableError(unreachable(where, why)) from None


@contextlib.contextmanager
def alone(uris: Iterable[str]) -> Iterator[None]:
    """No other process of this user opens the same SQLite files until the block ends.

    MLflow makes the tables of a new file when it opens it; two that do so at once leave it broken.
    The locks lie with the system's temporary files, so nothing is left beside a database.
    """
    paths = sorted({path.resolve() for uri in uris if (path := database_file(uri)) is not None})
    with contextlib.ExitStack() as locks:
        for path in paths:
            name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
            lock = Path(tempfile.gettempdir()) / f"registrar-{os.getuid()}-{name}.lock"
            file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            locks.callback(os.close, file)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def database_file(uri: str) -> Path | None:
    """The file of an SQLite URI; None for any other."""
    if scheme_of(uri).partition("+")[0] != "sqlite" or ":memory:" in uri:
        return None
    path = uri.partition("://")[2].partition("?")[0]
    return Path(path[1:]) if path.startswith("/") else None

"""Databases that this process opens itself: whether they answer, and who may open them when."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.errors import ConfigError, Problem, UnreachableError
from registrar.registry.failures import classify
from registrar.registry.translate_errors import clean_message, unreachable
from registrar.scratch import find_temporary_folder
from registrar.uris import safe_uri, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["database_file", "file_lock", "is_missing", "limit_lock_wait", "reach"]

LOCK_WAIT = "PRAGMA busy_timeout"


def is_missing(uri: str) -> bool:
    """Return whether `uri` is an SQLite file that does not exist or is empty, in a folder."""
    path = database_file(uri)
    if path is None or not path.parent.is_dir():
        return False
    return not path.exists() or path.stat().st_size == 0


def reach(uri: str, timeout: float) -> None:
    """Check that a database answers; MLflow itself would try for an hour before it gives up.

    Raises UnreachableError, or ConfigError for an address that no database has.
    """
    where, file = safe_uri(uri), database_file(uri)
    if file is not None and not file.parent.is_dir():
        message = f"{where}: there is no folder {file.parent}"
        hint = "Make it, or correct server.tracking_uri."
        raise UnreachableError(Problem("no-such-folder", message, hint))
    import sqlalchemy

    arguments: dict[str, float] = {}
    if uri.startswith("postgres"):
        arguments = {"connect_timeout": math.ceil(timeout)}
    elif file is not None:
        arguments = {"timeout": timeout}
    try:
        engine = sqlalchemy.create_engine(uri, connect_args=arguments)
        with engine.connect() as connection:
            if file is not None:  # connecting does not read the file
                connection.exec_driver_sql("PRAGMA schema_version")
        engine.dispose()
    except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        hint = "Correct server.tracking_uri, or install the database's driver."
        raise ConfigError(Problem("unknown-database", f"{where}: {error}", hint)) from None
    except sqlalchemy.exc.SQLAlchemyError as error:
        driver_error = getattr(error, "orig", None) or error
        lines = clean_message(classify(driver_error).reason.strip().partition("\n")[0])
        raise UnreachableError(unreachable(where, lines or type(error).__name__)) from None


@contextlib.contextmanager
def limit_lock_wait(uri: str, timeout: float) -> Iterator[None]:
    """Let MLflow wait at most `timeout` seconds for a lock of an SQLite file, until the block ends.

    MLflow sets 20 seconds for each session, whatever the timeout of registrar.
    """
    file = database_file(uri)
    if file is None:
        yield
        return
    import sqlalchemy

    def shorten(
        connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any
    ) -> tuple[str, Any]:
        if statement.startswith(LOCK_WAIT) and _is_at(connection.engine.url.database, file):
            statement = f"{LOCK_WAIT} = {math.ceil(timeout * 1000)}"
        return statement, parameters

    engines = sqlalchemy.engine.Engine
    sqlalchemy.event.listen(engines, "before_cursor_execute", shorten, retval=True)
    try:
        yield
    finally:
        sqlalchemy.event.remove(engines, "before_cursor_execute", shorten)


@contextlib.contextmanager
def file_lock(uris: Iterable[str]) -> Iterator[None]:
    """Keep other processes of this user from opening the same SQLite files until the block ends.

    MLflow makes the tables of a new file when it opens it; two that do so at once leave it broken.
    The locks lie with the system's temporary files, so nothing is left beside a database.
    """
    paths = sorted({path.resolve() for uri in uris if (path := database_file(uri)) is not None})
    with contextlib.ExitStack() as locks:
        for path in paths:
            name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
            lock = find_temporary_folder() / f"registrar-{os.getuid()}-{name}.lock"
            file = _open_lock(lock)
            locks.callback(os.close, file)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open_lock(path: Path) -> int:
    """Return the open lock file. Raises ConfigError where it is not a file of this user."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = error.strerror
    else:
        if os.fstat(file).st_uid == os.getuid():
            return file
        os.close(file)
        reason = "it belongs to another user"
    message = f"the lock file {path} cannot be used: {reason}"
    hint = "Remove it, or name another folder in TMPDIR."
    raise ConfigError(Problem("unwritable-file", message, hint))


def database_file(uri: str) -> Path | None:
    """Return the file of an SQLite URI; None for any other URI."""
    if scheme_of(uri).partition("+")[0] != "sqlite" or ":memory:" in uri:
        return None
    path = uri.partition("://")[2].partition("?")[0]
    return Path(path[1:]) if path.startswith("/") else None


def _is_at(database: str | None, file: Path) -> bool:
    return database is not None and Path(database).absolute() == file.absolute()

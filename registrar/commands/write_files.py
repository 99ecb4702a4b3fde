"""Write several files: all of them, each whole, or none."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.config.boundary import open_boundary
from registrar.config.permissions import read_permissions
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.plain_files import check_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["check_places", "write_files"]


def check_places(folder: Path, paths: Iterable[Path]) -> None:
    """Raise ConfigError for a file that a link leads out of the repository.

    `folder` is that of the configurations. It may lie anywhere, for somebody has named it.
    """
    boundary = open_boundary(read_permissions(), [Path.cwd() / folder])
    checks = ((path, boundary.check_file(path)) for path in paths)
    ConfigError.raise_for(p.at(file=path.as_posix()) for path, p in checks if p is not None)


def write_files(texts: Mapping[Path, str]) -> None:
    """Write all files. On an error, take back those that were written, and raise RefusedError."""
    with contextlib.ExitStack() as undo:
        for path, text in texts.items():
            try:
                _make_folder(path.parent, undo)
                check_plain(path)
                before = path.read_bytes() if path.exists() else None
                _write_whole(path, text.encode())
                undo.callback(_restore, path, before)
            except OSError as error:
                message = f"{path} cannot be written: {error.strerror}"
                hint = "Check the folder. No file was written."
                raise RefusedError(Problem("unwritable-file", message, hint)) from None
        undo.pop_all()  # all are written, so nothing is taken back


def _make_folder(folder: Path, undo: contextlib.ExitStack) -> None:
    """Make a folder and those above it. Raises OSError."""
    if not folder.exists():
        _make_folder(folder.parent, undo)
        folder.mkdir()
        undo.callback(_remove, folder)


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody sees a part of it; it keeps its permissions. Raises OSError.

    The part is always a new file: where a link of its name is, nothing is written through it.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            file.write(content)
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _restore(path: Path, before: bytes | None) -> None:
    with contextlib.suppress(OSError):
        if before is None:
            path.unlink()
        else:
            _write_whole(path, before)


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):  # somebody else has put a file there meanwhile
        folder.rmdir()

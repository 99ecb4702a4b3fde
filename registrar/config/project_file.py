"""`[tool.registrar]` in pyproject.toml: which folder of the repository holds the configurations.

The file is as hostile as any other of a pull request. It names a folder of its own repository, and
nothing else.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from registrar.config.layout import FOLDER_HINT, check_layout
from registrar.errors import Problem
from registrar.text import nearest, printable, quote

__all__ = ["find_project_folder"]

FILE = "pyproject.toml"
# Reading TOML takes 10 ms, so only a file that says this is read as such.
MARK = b"[tool.registrar"
KEY = "config-dir"
MAX_FILE_BYTES = 1_000_000  # bytes


def find_project_folder(current: Path) -> tuple[Path | None, Problem | None]:
    """Return the folder that the nearest pyproject.toml with a part of registrar's names.

    With it comes what is wrong; there is a folder all the same where it only lacks models.
    The search ends at the root of the repository: what lies above may be anybody's. Without a
    repository only the current directory is looked at.
    """
    root = next((f for f in (current, *current.parents) if os.path.lexists(f / ".git")), current)
    for folder in (current, *current.parents):
        content = _read(folder / FILE, root)
        if content is not None and MARK in content:
            found, problem = None, None
            try:
                found = _find_folder(folder, root, content)
                problem = check_layout(found, KEY) if found is not None else None
            except _ProjectFileError as error:
                problem = error.problem
            if problem is not None:
                return found, problem.at(file=os.path.relpath(folder / FILE, current))
            if found is not None:
                return found, None
        if folder == root:
            break
    return None, None


class _ProjectFileError(Exception):
    """What is wrong with a pyproject.toml."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _read(path: Path, root: Path) -> bytes | None:
    """Return the content of a file below `root`; None for no file, a link out, or a huge one."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            return None
        if not path.resolve().is_relative_to(root.resolve()):
            return None
        return path.read_bytes()
    except OSError:
        return None


def _read_table(content: bytes) -> dict[str, Any]:
    """Return the table `tool.registrar`. Raises _ProjectFileError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        tool = tomllib.loads(content.decode()).get("tool")
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are
        message = f"is not TOML: {printable(str(error))}"
        problem = Problem("invalid-toml", message, "Correct the file.")
        raise _ProjectFileError(problem) from None
    table = tool.get("registrar") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}


def _find_folder(folder: Path, root: Path, content: bytes) -> Path | None:
    """Return the folder that a file in `folder` names. Raises _ProjectFileError."""
    table = _read_table(content)
    for key in table:
        if key != KEY:
            message, hint = f"unknown key {quote(key)} in [tool.registrar]", f"Known here: {KEY}."
            suggestion = nearest(key, [KEY])
            raise _ProjectFileError(Problem("unknown-key", message, hint, suggestion=suggestion))
    name = table.get(KEY)
    if name is None:
        return None
    if not isinstance(name, str) or not name:
        message = f"{KEY} is not the name of a folder"
        raise _ProjectFileError(Problem("wrong-type", message, f'Write {KEY} = "registry".'))
    from registrar.config.boundary import Boundary
    from registrar.config.permissions import read_permissions

    permissions = read_permissions()
    allowed = (root.resolve(), *(path.resolve() for path in permissions.paths))
    outside = Boundary(allowed, holds_models=False).check_file(folder / name)
    if outside is not None:
        raise _ProjectFileError(replace(outside, message=f"{KEY}: {outside.message}"))
    path = Path(os.path.normpath(folder / name))
    if not path.is_dir():
        message = f"{KEY}: no folder {quote(name)} here"
        raise _ProjectFileError(Problem("folder-not-found", message, FOLDER_HINT))
    return path

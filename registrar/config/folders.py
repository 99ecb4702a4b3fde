"""The folders of configurations: those that flags name, else the project's own, else `configs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from registrar.config.layout import CONFIGS, FOLDER_HINT, check_layout
from registrar.config.path_tests import is_folder
from registrar.config.project_file import find_project_folder
from registrar.config.quoting import redact
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["find_folders", "find_own_folder"]


def find_folders(named: Sequence[tuple[str, str]]) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """Return the folders to search, in their order, and what is wrong with them.

    `named` are the flags that name a folder, and their values. They replace all other folders: a
    repository may have a `configs` that is another app's. A folder that lacks models is both among
    the folders and a problem.
    """
    if named:
        folders = [Path(name).absolute() for _, name in named if name and is_folder(name)]
        return tuple(dict.fromkeys(folders)), tuple(_check_named(named))
    folder, problem = find_own_folder(Path.cwd())
    return ((folder,) if folder else ()), ((problem,) if problem else ())


def find_own_folder(current: Path) -> tuple[Path | None, Problem | None]:
    """Return the folder of configurations of the project in `current`, and what is wrong with it."""
    folder, problem = find_project_folder(current)
    default = current / CONFIGS
    if folder is None and problem is None and default.is_dir():
        folder = default
    return folder, problem


def _check_named(named: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    for flag, name in named:
        if not name:
            yield Problem("folder-not-found", f"{flag} needs a folder", FOLDER_HINT)
        elif not is_folder(name):
            message = f"{flag}: no folder '{redact(name)}'"
            yield Problem("folder-not-found", message, FOLDER_HINT)
        elif problem := check_layout(Path(name), flag):
            yield problem

"""Directories that a wrong path may mean, for a message."""

from __future__ import annotations

import difflib
import itertools
from pathlib import Path

__all__ = ["find_models_below", "find_near_directory"]

MOST = 3  # models that are named


def find_near_directory(path: Path) -> Path | None:
    """Return the directory whose path is the nearest, part by part; None where a part has none."""
    found = Path(path.anchor)
    for name in path.relative_to(path.anchor).parts:
        part = name
        if not (found / name).is_dir():
            close = difflib.get_close_matches(name, _list_directories(found), 1)
            if not close:
                return None
            part = close[0]
        found /= part
    return found


def find_models_below(folder: Path, file: str) -> list[str]:
    """Return the paths of the first folders in a folder that hold a file of this name."""
    names = sorted(_list_directories(folder))
    found = (folder / name for name in names if (folder / name / file).is_file())
    return [*map(str, itertools.islice(found, MOST))]


def _list_directories(folder: Path) -> list[str]:
    """Return the names of the folders in a folder; none of one that cannot be read."""
    try:
        return [item.name for item in folder.iterdir() if item.is_dir()]
    except OSError:
        return []

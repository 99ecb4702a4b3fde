"""Tests of paths that answer False, and raise nothing, for a name that is too long."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_file", "is_folder"]


def is_file(path: str | Path) -> bool:
    """Return whether a path is a file, or a link to one; False where nobody can look."""
    return os.path.isfile(path)  # noqa: PTH113 - a path raises for a name that is too long


def is_folder(path: str | Path) -> bool:
    """Return whether a path is a folder, or a link to one; False where nobody can look."""
    return os.path.isdir(path)  # noqa: PTH112 - as above

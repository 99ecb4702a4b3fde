"""Pointers that stand for a model's files where Git LFS or DVC has not fetched them."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from registrar.content.yaml_loader import load_yaml
from registrar.errors import Problem
from registrar.text import list_some

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.state import File

__all__ = [
    "POINTER_SIZES",
    "explain_lfs_pointers",
    "find_dvc_pointer",
    "find_pointers",
    "is_lfs_pointer",
]

LFS_HEADER = b"version https://git-lfs.github.com/spec/v"
# Bytes. Git LFS itself takes no larger file for a pointer, and a digest alone has 64 characters.
POINTER_SIZES = range(100, 1024)
DVC_SUFFIX = ".dvc"
LFS_HINT = "Fetch the files with 'git lfs pull'."
DVC_HINT = "Fetch the files with 'dvc pull'."


def find_pointers(uri: str, files: Sequence[File]) -> Iterator[Problem]:
    """Yield the problem of the files of a model that are pointers to files."""
    lfs = [file.relative for file in files if _is_lfs_file(file)]
    if lfs:
        yield explain_lfs_pointers(uri, lfs)
    present = {file.relative for file in files}
    absent = [
        stem
        for file in files
        if (stem := _stem(file.relative)) and stem not in present and not _holds(present, stem)
        if _is_dvc_pointer(Path(file.path), posixpath.basename(stem))
    ]
    if absent:
        message = f"{uri}: DVC has not fetched {list_some(absent)}"
        yield Problem("dvc-pointer", message, DVC_HINT)


def explain_lfs_pointers(uri: str, paths: Sequence[str]) -> Problem:
    """Return the problem of files of a model that are pointers of Git LFS."""
    return Problem("lfs-pointer", f"{uri}: Git LFS has not fetched {list_some(paths)}", LFS_HINT)


def find_dvc_pointer(uri: str, path: Path) -> Problem | None:
    """Return the problem of a path that does not exist because DVC has not fetched it."""
    for absent in (path, *path.parents):
        if absent.exists() and absent != path:
            return None
        pointer = absent.with_name(f"{absent.name}{DVC_SUFFIX}") if absent.name else None
        if pointer is not None and pointer.is_file() and _is_dvc_pointer(pointer, absent.name):
            message = f"DVC has not fetched {uri}"
            return Problem("dvc-pointer", message, DVC_HINT)
    return None


def is_lfs_pointer(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a pointer of Git LFS."""
    return head.startswith(LFS_HEADER)


def _is_dvc_pointer(path: Path, name: str) -> bool:
    """Return whether a file says that DVC keeps the file or folder `name` beside it."""
    try:
        with path.open("rb") as file:
            pointer = load_yaml(file.read(64 * 1024))
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return False
    outs = pointer.get("outs") if isinstance(pointer, dict) else None
    return any(
        isinstance(out, dict) and out.get("path") == name
        for out in (outs if isinstance(outs, list) else ())
    )


def _is_lfs_file(file: File) -> bool:
    if file.size not in POINTER_SIZES:
        return False
    with open(file.path, "rb") as content:  # noqa: PTH123 - a third faster, for each small file
        return is_lfs_pointer(content.read(len(LFS_HEADER)))


def _stem(path: str) -> str:
    """Return the path that a pointer of DVC stands for; "" for another file."""
    stem = path.removesuffix(DVC_SUFFIX)
    return stem if stem != path and not stem.endswith("/") else ""


def _holds(present: set[str], folder: str) -> bool:
    return any(path.startswith(f"{folder}/") for path in present)

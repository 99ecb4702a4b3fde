"""Reading models back from artifact stores, file by file."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from registrar import progress
from registrar.content.digest import hash_file
from registrar.content.junk import is_junk
from registrar.errors import NotFoundError, Problem, RefusedError
from registrar.registry.moving_files import copy_file
from registrar.registry.pages import SearchDeadline
from registrar.registry.stored_files import Listing, StoredFile
from registrar.registry.translate_errors import unexpected_reply
from registrar.scratch import full_disk_told, scratch_folder
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.registry.retry import Retry
    from registrar.registry.stored_files import StoredFiles

FILE_LIMIT = 64 * 1024 * 1024  # bytes of a file that is read into memory, such as an MLmodel
MAX_ENTRIES = 1_000_000  # files and folders of one model
MAX_DEPTH = 100  # folders within each other

__all__ = ["download", "has_files", "hash_files", "list_files", "read_file"]


def read_file(retry: Retry, files: StoredFiles, name: str) -> bytes:
    """Return the content of one file. Raises NotFoundError."""

    def fetch() -> bytes:
        with scratch_folder() as scratch:
            return _fetch(files, StoredFile(name, None), scratch, FILE_LIMIT).read_bytes()

    return retry.call(fetch)


def hash_files(retry: Retry, files: StoredFiles) -> Iterator[tuple[str, str]]:
    """Yield (path, SHA-256 in hex) of every file but junk, in the byte order of the paths.

    One file at a time is on this machine. Raises NotFoundError where there is no file.
    """
    stored = _list_model(retry, files)
    progress.grow("hashing", _count_bytes(stored))
    fetch = _fetch if files.is_local else _receive
    if not files.is_local:
        progress.grow("downloading", _count_bytes(stored))
    for file in stored:
        with scratch_folder() as scratch:
            digest = hash_file(retry.call(partial(fetch, files, file, scratch)))
        yield file.path, digest


def download(retry: Retry, files: StoredFiles, folder: Path) -> None:
    """Write every file but junk into `folder`. Raises as `hash_files`."""
    stored = _list_model(retry, files)
    progress.grow("downloading", _count_bytes(stored))
    fetch = _fetch if files.is_local else _receive
    for file in stored:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(folder.parent) as scratch:
            source = retry.call(partial(fetch, files, file, scratch))
            if source.is_relative_to(scratch):
                source.replace(target)
                continue
            with progress.transfer("downloading", file.size if files.is_local else 0):
                copy_file(source, target)


def has_files(retry: Retry, files: StoredFiles, sizes: Mapping[str, int]) -> bool:
    """Return whether all files are there in full; `sizes` are bytes by path."""
    stored: dict[str, int | None] = {}
    try:
        for folder in sorted({str(PurePosixPath(path).parent) for path in sizes}):
            name = "" if folder == "." else folder
            entries = retry.call(partial(files.list_folder, name))
            stored |= {entry.path: entry.size for entry in entries if not entry.is_folder}
    except NotFoundError:
        return False
    return all(path in stored and stored[path] in {None, size} for path, size in sizes.items())


def list_files(retry: Retry, files: StoredFiles, *, is_deep: bool) -> Listing:
    """Return what lies at a location; only at its root, in one request, unless `is_deep`."""
    entries = _list_entries(retry, files) if is_deep else retry.call(partial(files.list_folder, ""))
    return Listing(
        {entry.path: entry.size for entry in entries if not entry.is_folder},
        frozenset(entry.path for entry in entries if entry.is_folder),
        is_deep,
    )


def _fetch(files: StoredFiles, file: StoredFile, scratch: Path, limit: int | None = None) -> Path:
    """See `StoredFiles.fetch`. Raises ConfigError where the disk is full."""
    with full_disk_told(scratch):
        return files.fetch(file.path, scratch, limit)


def _receive(files: StoredFiles, file: StoredFile, scratch: Path) -> Path:
    """Fetch a file, and count its bytes as they come in."""
    with progress.transfer("downloading", file.size):
        return _fetch(files, file, scratch)


def _list_model(retry: Retry, files: StoredFiles) -> list[StoredFile]:
    """Return all files but junk, by path. Raises RefusedError for one outside the location."""
    where = safe_uri(files.location)
    stored = [entry for entry in _list_entries(retry, files) if not entry.is_folder]
    if not stored:
        raise NotFoundError(f"there are no files at {where}")
    for file in stored:
        if file.path.startswith("/") or ".." in PurePosixPath(file.path).parts:
            message = f"{where} holds a file outside itself: {file.path!r}"
            raise RefusedError(Problem("path-outside-location", message))
    models = (file for file in stored if not is_junk(file.path))
    return sorted(models, key=lambda file: os.fsencode(file.path))


def _count_bytes(stored: list[StoredFile]) -> int:
    """Return the bytes of the files, as far as the store tells."""
    return sum(file.size or 0 for file in stored)


def _list_entries(retry: Retry, files: StoredFiles) -> list[StoredFile]:
    """Return all files and folders below a location."""
    where = safe_uri(files.location)
    deadline = SearchDeadline(retry)
    found: list[StoredFile] = []
    folders = [""]
    listed = 0
    while folders:
        folder = folders.pop()
        entries = retry.call(partial(files.list_folder, folder))
        listed += 1 + len(entries)
        if listed > MAX_ENTRIES or folder.count("/") >= MAX_DEPTH:
            raise unexpected_reply(where, "its folders do not end")
        folders += [entry.path for entry in entries if entry.is_folder]
        found += entries
        if folders:
            deadline.check()
    return found

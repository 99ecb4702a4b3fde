"""Reading models back from artifact stores, file by file."""

from __future__ import annotations

import os
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from registrar import progress
from registrar.content.junk import is_junk
from registrar.errors import NotFoundError, Problem, RefusedError
from registrar.registry.file_turns import take_turn
from registrar.registry.pages import SearchDeadline
from registrar.registry.stored_files import Listing, StoredFile
from registrar.registry.translate_errors import unexpected_reply
from registrar.scratch import check_space, full_disk_told
from registrar.state import File
from registrar.text import quote
from registrar.threads import run_in_order
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from registrar.registry.retry import Retry
    from registrar.registry.stored_files import StoredFiles

FILE_LIMIT = 64 * 1024 * 1024  # bytes of a file that is read into memory, such as an MLmodel
MAX_ENTRIES = 1_000_000  # files and folders of one model
MAX_DEPTH = 100  # folders within each other
LONGEST_SHOWN = 200  # characters of a path in a message

__all__ = ["download", "has_files", "hash_files", "list_files", "list_sized", "read_file"]


def read_file(retry: Retry, files: StoredFiles, name: str) -> bytes:
    """Return the content of one file. Raises NotFoundError."""
    return retry.call(lambda: files.read(name, FILE_LIMIT))


def hash_files(retry: Retry, files: StoredFiles) -> Iterator[tuple[str, str]]:
    """Yield (path, SHA-256 in hex) of every file but junk, in the byte order of the paths.

    Raises NotFoundError where there is no file.
    """
    stored = _list_model(retry, files)
    progress.grow("hashing" if files.is_local else "downloading", _count_bytes(stored))

    def receive(file: StoredFile) -> str:
        if files.is_local:
            return retry.call(lambda: files.hash(file))
        return _receive(retry, file, lambda: files.hash(file))

    digests = run_in_order(receive, stored, min(files.parallel, len(stored)))
    yield from ((file.path, sha256) for file, sha256 in zip(stored, digests, strict=True))


def download(retry: Retry, files: StoredFiles, folder: Path) -> dict[str, str]:
    """Write every file but junk into `folder`; return the SHA-256 of each. Raises as `hash_files`.

    Raises ConfigError where the disk is full, RefusedError for names that no folder here can hold.
    """
    stored = _list_model(retry, files)
    progress.grow("downloading", _count_bytes(stored))
    check_space(folder, _count_bytes(stored))
    where = safe_uri(files.location)
    for file in stored:
        _make_file(where, file.path, folder)

    def save(file: StoredFile) -> str:
        def write() -> str:
            with full_disk_told(folder):  # before anybody takes it for a failure of the store
                return files.save(file, folder / file.path)

        return _receive(retry, file, write)

    digests = run_in_order(save, stored, min(files.parallel, len(stored)))
    return {file.path: sha256 for file, sha256 in zip(stored, digests, strict=True)}


def list_sized(retry: Retry, files: StoredFiles) -> tuple[File, ...] | None:
    """Return every file but junk; None where the store does not tell all sizes.

    None for names that a download refuses, too: two files with one name would be one in a manifest.
    """
    stored = _list_model(retry, files)
    if not _are_distinct([file.path for file in stored]):
        return None
    sized = tuple(File(f.path, f.path, f.size) for f in stored if f.size is not None)
    return sized if len(sized) == len(stored) else None


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


def _receive(retry: Retry, file: StoredFile, receive: Callable[[], str]) -> str:
    """Return the SHA-256 of a file whose bytes count as they come in."""

    def try_once() -> str:
        with progress.transfer("downloading", file.size):
            return receive()

    with take_turn(retry.stop):
        return retry.call(try_once)


def _list_model(retry: Retry, files: StoredFiles) -> list[StoredFile]:
    """Return all files but junk, by path. Raises RefusedError for one outside the location."""
    where = safe_uri(files.location)
    stored = [entry for entry in _list_entries(retry, files) if not entry.is_folder]
    if not stored:
        raise NotFoundError(f"there are no files at {where}")
    for file in stored:
        if file.path.startswith("/") or ".." in PurePosixPath(file.path).parts:
            message = f"{where} holds a file outside itself: {_show(file.path)}"
            raise RefusedError(Problem("path-outside-location", message))
    models = (file for file in stored if not is_junk(file.path))
    return sorted(models, key=lambda file: os.fsencode(file.path))


def _make_file(where: str, path: str, folder: Path) -> None:
    """Make an empty file for a stored one, with its folders. Raises RefusedError, ConfigError.

    A server can send any name: of any length, twice, of a file and of a folder, with a null byte, or one
    that differs from another by letters that this machine takes for the same.
    """
    target = folder / path
    try:
        with full_disk_told(folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.open("xb").close()
    except (OSError, ValueError):
        message = f"{where} holds a file that no folder here can hold: {_show(path)}"
        hint = "Its name is too long or not valid, or another name is the same here."
        raise RefusedError(Problem("unsuitable-stored-file", message, hint)) from None


def _are_distinct(paths: list[str]) -> bool:
    """Return whether each path is written in one way alone, and names no folder of another."""
    folders = {parent.as_posix() for path in paths for parent in PurePosixPath(path).parents}
    return len(set(paths)) == len(paths) and all(
        path not in folders and PurePosixPath(path).as_posix() == path for path in paths
    )


def _show(path: str) -> str:
    return quote(path if len(path) <= LONGEST_SHOWN else f"{path[:LONGEST_SHOWN]}...")


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
        depth = max((entry.path.count("/") for entry in entries), default=0)
        if listed > MAX_ENTRIES or depth > MAX_DEPTH:
            raise unexpected_reply(where, "its folders do not end")
        folders += [entry.path for entry in entries if entry.is_folder]
        found += entries
        if folders:
            deadline.check()
    return found

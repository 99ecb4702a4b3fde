"""Files below one location of an artifact store, whatever kind of store that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from registrar.registry.failures import UnexpectedReplyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FileChangedError", "Listing", "StoredFile", "StoredFiles"]

MAX_SIZE = 2**50  # bytes that a store may say a file has
UNKNOWN_SIZE = 10**10  # bytes that a file may have whose size the store does not tell


class FileChangedError(Exception):
    """A file to send that is gone, that cannot be read, or that was written to while it was sent.

    It is no OSError: libraries that send files take that for a failure of the network.
    """


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file or folder; `size` is in bytes, None where the store does not tell.

    Raises UnexpectedReplyError for a size that no file has.
    """

    path: str
    size: int | None
    is_folder: bool = False

    def __post_init__(self) -> None:
        if self.size is not None and not 0 <= self.size <= MAX_SIZE:
            raise UnexpectedReplyError("it lists a file of an impossible size")

    @property
    def most(self) -> int:
        """The bytes that are read of a file at most."""
        return UNKNOWN_SIZE if self.size is None else self.size


@dataclass(frozen=True, slots=True)
class Listing:
    """The files at a location of a store, with their sizes in bytes, and the folders.

    `is_deep` is False for what lies at the root alone.
    """

    files: Mapping[str, int | None]
    folders: frozenset[str]
    is_deep: bool

    def has(self, path: str) -> bool:
        """Return whether a file or folder is there, as far as the listing shows."""
        if not self.is_deep and "/" in path:
            return path.partition("/")[0] in self.folders
        return path in self.files or path in self.folders


class StoredFiles(Protocol):
    """The files below `location`. Paths are relative to it, with `/` and without escapes.

    Methods raise NotFoundError and ServerError, HttpError and NoReplyError. A call may be repeated.
    `is_local` says whether the files are on this machine anyway, `parallel` how many of them can be
    moved at a time to good purpose.
    """

    location: str
    is_local: bool
    parallel: int

    def list_folder(self, folder: str) -> list[StoredFile]:
        """Return what lies in a folder ("" for the location itself); nothing for no folder."""

    def read(self, path: str, limit: int) -> bytes:
        """Return the content of a file, unless it has more than `limit` bytes."""

    def hash(self, file: StoredFile) -> str:
        """Return the SHA-256 of a file, in hex; it has the size that its folder says."""

    def save(self, file: StoredFile, target: Path) -> str:
        """Write the content of a file to a new file; the rest is as for `hash`."""

    def upload(self, file: Path, path: str, extra: float) -> str:
        """Store a file, and return the SHA-256 of the bytes that were stored, in hex.

        The request may take `extra` seconds more than others. Raises FileChangedError.
        """

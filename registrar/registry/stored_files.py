"""Files below one location of an artifact store, whatever kind of store that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Listing", "StoredFile", "StoredFiles"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file or folder; `size` is in bytes, None where the store does not tell."""

    path: str
    size: int | None
    is_folder: bool = False


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
    `is_local` says whether the files are on this machine anyway.
    """

    location: str
    is_local: bool

    def list_folder(self, folder: str) -> list[StoredFile]:
        """Return what lies in a folder ("" for the location itself); nothing for no folder."""

    def fetch(self, path: str, scratch: Path, limit: int | None = None) -> Path:
        """Return a file on this machine: in the folder `scratch`, or where it lies anyway.

        A file of more than `limit` bytes is not fetched.
        """

    def upload(self, file: Path, path: str, extra: float) -> None:
        """Store a file; the request may take `extra` seconds more than others."""

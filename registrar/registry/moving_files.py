"""Files whose bytes count as progress while they are sent, copied, or written by others."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

from registrar import progress

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CountedFile", "GrowingFolder", "copy_file"]

PIECE = 1 << 20  # bytes that are copied at a time
BLOCK = 512  # bytes, whatever the file system


class CountedFile(io.BufferedReader):
    """A file to send; what is read from it counts for the transfer under way."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes, and count them."""
        data = super().read(size)
        progress.move(len(data))
        return data


def copy_file(source: Path, target: Path) -> None:
    """Copy the bytes of a file, and count them."""
    with CountedFile(source) as stream, target.open("wb") as copy:
        while piece := stream.read(PIECE):
            copy.write(piece)


class GrowingFolder:
    """A folder that a library downloads files into."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counted = 0

    def count(self) -> None:
        """Count the bytes that were written since the last call.

        A file that is written from several places at a time is longer than what it has so far.
        """
        with contextlib.suppress(OSError):  # a file that was renamed meanwhile
            sizes = [file.stat() for file in self._folder.rglob("*") if file.is_file()]
            written = sum(min(size.st_size, size.st_blocks * BLOCK) for size in sizes)
            progress.move(written - self._counted)
            self._counted = written

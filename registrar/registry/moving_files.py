"""Files whose bytes are hashed and count as progress while they are sent, received or copied."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from typing import TYPE_CHECKING

from registrar import progress
from registrar.registry.stored_files import FileChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["GrowingFolder", "ReceivedBytes", "SentBytes", "SentFile", "copy_file", "reading"]

PIECE = 1 << 20  # bytes that are copied at a time
BLOCK = 512  # bytes, whatever the file system


@contextlib.contextmanager
def reading(file: Path | str) -> Iterator[None]:
    """Raise FileChangedError where the block cannot read a file that is to be sent."""
    try:
        yield
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise FileChangedError(message) from error


class SentBytes:
    """The bytes of a file to send, `size` in all: what is read is hashed, and counted for the transfer."""

    def start(self, size: int) -> None:
        """Begin a file of `size` bytes."""
        self.size = size
        self.left = size
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was read so far, in hex."""
        return self._hash.hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether all bytes were read."""
        return self.left == 0

    def count(self, data: bytes) -> None:
        """Count the bytes that were read."""
        self.left -= len(data)
        self._hash.update(data)
        progress.move(len(data))


class SentFile(io.BufferedReader, SentBytes):
    """A file to send, of the `size` that it has when it is opened, in bytes.

    What is read from it counts for the transfer under way. `sha256` tells what was read, whatever
    happens to the file meanwhile. No byte above the size is read. Raises FileChangedError, also
    where the file has become shorter.
    """

    def __init__(self, path: Path) -> None:
        with reading(path):
            super().__init__(io.FileIO(path))
        self.start(os.fstat(self.fileno()).st_size)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes; hash and count them."""
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        with reading(self.name):
            data = super().read(wanted)
        if wanted and not data:
            raise FileChangedError(f"{self.name} became shorter while it was read")
        self.count(data)
        return data


class ReceivedBytes:
    """The bytes of a file, as they come in: hashed, counted, and given to `keep`."""

    def __init__(self, keep: Callable[[bytes], object] = lambda _: None) -> None:
        self.count = 0
        self._keep = keep
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was received so far, in hex."""
        return self._hash.hexdigest()

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._keep(piece)
        self._hash.update(piece)
        self.count += len(piece)
        progress.move(len(piece))


def copy_file(source: Path, target: Path) -> str:
    """Copy the bytes of a file, count them, and return their SHA-256 in hex."""
    with SentFile(source) as stream, target.open("wb") as copy:
        while piece := stream.read(PIECE):
            copy.write(piece)
        return stream.sha256


class GrowingFolder:
    """A folder that a library downloads files into."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counted = 0
        self.size = 0

    def count(self) -> None:
        """Count the bytes that were written since the last call.

        A file that is written from several places at a time is longer than what it has so far; its
        whole length is in `size`.
        """
        with contextlib.suppress(OSError):  # a file that was renamed meanwhile
            sizes = [file.stat() for file in self._folder.rglob("*") if file.is_file()]
            written = sum(min(size.st_size, size.st_blocks * BLOCK) for size in sizes)
            progress.move(written - self._counted)
            self._counted = written
            self.size = sum(size.st_size for size in sizes)

"""Files of a disk, and what only looks like one: a pipe is waited for, and a device has no end."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_plain", "read_plain"]

# Opening a pipe waits for its other end, and some files of the kernel wait for news.
AT_ONCE = getattr(os, "O_NONBLOCK", 0)


def read_plain(path: Path, limit: int) -> bytes:
    """Return the content of a file: at most `limit` bytes and one more. Raises OSError."""
    with open(path, "rb", buffering=0, opener=_open_at_once) as file:
        status = os.fstat(file.fileno())
        _check(status.st_mode)
        # A buffer of the largest size takes longer to make than a small file takes to read.
        content = file.read(min(status.st_size, limit) + 1) or b""
        while len(content) <= limit and (piece := file.read(limit + 1 - len(content))):  # it grows
            content += piece
    return content


def check_plain(path: Path) -> None:
    """Raise OSError where a file is to be written, and something else is there.

    A new file in the place of a device, as of /dev/null, would break the machine.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):  # the system says that itself
        _check(mode)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | AT_ONCE)


def _check(mode: int) -> None:
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(0, "it is not a regular file")

"""A shell in a pseudo-terminal: what a person types, and what the screen shows."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import termios
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Terminal", "open_terminal"]

TIMEOUT = 60.0  # seconds; a busy machine is slow


class Terminal:
    """A running shell; `shown` is everything that it has printed, escape sequences included."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.shown = ""

    def type(self, keys: str) -> None:
        """Press these keys."""
        os.write(self._descriptor, keys.encode())

    def read(self) -> bytes:
        """Return what is printed next; nothing at the end of the program."""
        try:
            return os.read(self._descriptor, 65536)
        except OSError:  # the program has closed the terminal
            return b""

    def wait_for(self, text: str, *, after: int = 0) -> None:
        """Read until the screen has shown `text`, at or after a position in `shown`."""
        deadline = time.monotonic() + TIMEOUT
        while text not in self.shown[after:]:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._descriptor], [], [], max(left, 0))
            assert ready, f"{text!r} was not shown: {self.shown[-2000:]!r}"
            self.shown += os.read(self._descriptor, 65536).decode(errors="replace")


@contextlib.contextmanager
def open_terminal(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    size: tuple[int, int] = (80, 24),
    kind: str = "xterm",
) -> Iterator[Terminal]:
    """Run a command in a terminal of so many columns and lines; it is hung up at the end."""
    process, descriptor = pty.fork()
    if process == 0:
        os.chdir(folder)
        columns, lines = size
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        settings = {**environment, "TERM": kind, "LC_ALL": "C.UTF-8"}
        os.execvpe(command[0], list(command), settings)
    try:
        yield Terminal(descriptor)
    finally:
        os.close(descriptor)
        os.waitpid(process, 0)

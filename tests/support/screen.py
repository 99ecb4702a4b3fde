"""What a terminal of a given size shows of a program, moment by moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyte

from tests.support.terminal import open_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.support.registrar_process import ForkServer

__all__ = ["Shown", "run_on_terminal", "show_on_terminal"]

HEIGHT = 40
CTRL_C = "\x03"
# A command that has a terminal; `argv[0]` is its width. What it writes there goes to stdout,
# in hexadecimal: a carriage return would not survive.
ON_A_TERMINAL = """
import contextlib, fcntl, os, pty, struct, sys, termios
from registrar.__main__ import run
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(argv[0]), 0, 0))
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
    sys.argv = ["registrar", *argv[1:]]
    code = run()
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(code)
with contextlib.suppress(OSError):  # the terminal ends with the command
    while block := os.read(terminal, 65536):
        os.write(1, block.hex().encode())
os.waitpid(pid, 0)
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a program wrote, the lines of the screen after each of its writes, and their colours."""

    written: str
    screens: tuple[tuple[str, ...], ...]
    colours: frozenset[str]

    @property
    def last(self) -> tuple[str, ...]:
        """The lines of the screen at the end, as far as something is on them."""
        return self.screens[-1]


def run_on_terminal(
    command: Sequence[str],
    width: int,
    folder: Path,
    environment: Mapping[str, str],
    *,
    kind: str = "xterm-256color",
    interrupt_at: str | None = None,
) -> Shown:
    """Run a program on a terminal of `width` columns, with both outputs on it, until it ends.

    Ctrl-C is pressed once the last line of the screen has the text `interrupt_at`.
    """
    screen = pyte.Screen(width, HEIGHT)
    stream = pyte.ByteStream(screen)
    written, screens = b"", []
    colours: set[str] = set()
    with open_terminal(command, folder, environment, (width, HEIGHT), kind) as terminal:
        while part := terminal.read():
            written += part
            stream.feed(part)
            colours |= {cell.fg for line in screen.buffer.values() for cell in line.values()}
            screens.append(tuple(line.rstrip() for line in screen.display if line.strip()))
            if interrupt_at and screens[-1] and interrupt_at in screens[-1][-1]:
                terminal.type(CTRL_C)
                interrupt_at = None
    return Shown(written.decode(), tuple(screens), frozenset(colours) - {"default"})


def show_on_terminal(
    fork_server: ForkServer, folder: Path, width: int, *argv: str, **changes: str
) -> Shown:
    """Run a command of registrar on a terminal, and look at the screen when it has ended."""
    settings = {"TERM": "xterm-256color", **changes}
    words = [str(width), *argv]
    process = fork_server.start(
        words, folder, go=None, kill_at=None, code=ON_A_TERMINAL, **settings
    )
    written = bytes.fromhex(process.wait().out)
    screen = pyte.Screen(width, HEIGHT)
    pyte.ByteStream(screen).feed(written)
    colours = {cell.fg for line in screen.buffer.values() for cell in line.values()}
    lines = tuple(line.rstrip() for line in screen.display if line.strip())
    return Shown(written.decode(), (lines,), frozenset(colours) - {"default"})

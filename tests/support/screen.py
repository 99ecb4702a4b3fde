"""What a terminal of a given size shows of a program, moment by moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyte

from tests.support.terminal import open_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Shown", "run_on_terminal"]

HEIGHT = 24
CTRL_C = "\x03"


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

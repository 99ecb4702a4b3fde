"""Questions to a person at a terminal, and what a person is told there first.

Only the command line asks. Python functions, and jobs without a terminal, get no answer.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from registrar.secrets import mask_values
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["allow_questions", "ask", "tell"]

YES = {"y", "yes"}
_asks = False


@contextlib.contextmanager
def allow_questions(*, wanted: bool = True) -> Iterator[None]:
    """Let a person be asked until the block ends, if that is wanted."""
    global _asks  # noqa: PLW0603 - one terminal, one switch
    before, _asks = _asks, wanted
    try:
        yield
    finally:
        _asks = before


def tell(line: str) -> None:
    """Show a line on a terminal; nothing elsewhere."""
    if _asks and sys.stderr.isatty():
        print(printable(mask_values(line)), file=sys.stderr, flush=True)


def ask(question: str, *, before: str = "") -> bool | None:
    """Return whether a person says yes, after the text `before`; None where there is nobody to ask."""
    if not _asks or sys.stdin is None or not sys.stdin.isatty():
        return None
    if before:
        print(before, file=sys.stderr)
    prompt = printable(mask_values(f"{question} [y/N] "))
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in YES

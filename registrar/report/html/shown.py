"""Text of others in the length that a page has room for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from markupsafe import escape

from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["count_bytes", "fit", "make_checksum", "shorten", "shorten_distinctly"]

FACTOR = 20  # a text is cut roughly before secrets are looked for in it
CHECKSUM = 8  # characters


def shorten(text: str, most: int, mask: Callable[[str], str]) -> str:
    """Return a text with at most about `most` characters, and without secrets.

    Secrets are taken out before it is cut: a part of a secret is a secret.
    """
    shown = mask(text if len(text) <= most * FACTOR else text[: most * FACTOR])
    if len(shown) <= most and len(text) <= most * FACTOR:
        return shown
    return f"{shown[: most - 1]}… ({len(text):,} characters)"


def shorten_distinctly(text: str, most: int, mask: Callable[[str], str]) -> str:
    """Return a short text without secrets that is another one for each other text."""
    shown = mask(text)
    if len(shown) <= most:
        return shown
    return f"{shown[: most - 1]}… ({len(text):,} characters, checksum {make_checksum(shown)})"


def fit(text: str, most: int, mask: Callable[[str], str]) -> str:
    """Return a text without secrets that takes at most `most` bytes in a page.

    >>> fit("<b>" * 9, 21, str)  # each of these is nine bytes as HTML
    '<b><b>…'
    """
    shown = mask(text)
    if len(shown) <= most and count_bytes(shown) <= most:
        return shown
    least, longest = 0, most  # every character takes a byte or more
    while least < longest:
        length = (least + longest + 1) // 2
        if count_bytes(f"{shown[:length]}…") <= most:
            least = length
        else:
            longest = length - 1
    return f"{shown[:least]}…"


def count_bytes(text: str) -> int:
    """Return how many bytes a text takes in a page, where some characters are escapes."""
    return len(escape(printable(text)).encode("utf-8", "backslashreplace"))


def make_checksum(text: str) -> str:
    """Return the start of the SHA-256 of a text without secrets."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:CHECKSUM]

"""Text of others in the length that a page has room for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["make_checksum", "shorten", "shorten_distinctly"]

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


def make_checksum(text: str) -> str:
    """Return the start of the SHA-256 of a text without secrets."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:CHECKSUM]

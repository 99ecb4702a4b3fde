"""Text of others in the length that a page has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["shorten"]

FACTOR = 20  # a text is cut roughly before secrets are looked for in it


def shorten(text: str, most: int, mask: Callable[[str], str]) -> str:
    """Return a text with at most about `most` characters, and without secrets.

    Secrets are taken out before it is cut: a part of a secret is a secret.
    """
    shown = mask(text if len(text) <= most * FACTOR else text[: most * FACTOR])
    if len(shown) <= most and len(text) <= most * FACTOR:
        return shown
    return f"{shown[: most - 1]}… ({len(text):,} characters)"

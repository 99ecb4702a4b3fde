"""Filters of MLflow's searches for names, as few as possible, and exact or a little wider.

MLflow's filter language has no escape, and its lists are read as Python reads them. So a name with
a quote, a backslash or a control character cannot be written down. A pattern with `_`, which
matches any character, takes its place; it may match other names, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["is_exact", "name_chunks", "name_filter", "names_filter"]

MAX_NAMES = 100  # in one filter
# Proxies accept URLs of about 8,000 characters, and each quote of a filter takes three.
MAX_CHARACTERS = 4000
# Characters that a quoted text of a filter cannot hold: quotes, the backslash, line breaks of any
# kind, and other control characters.
SPECIAL = re.compile(r"['\"`\\\x00-\x1f\x7f-\x9f\u2028\u2029]")


def is_exact(name: str) -> bool:
    """Return whether a filter can say this name and no other."""
    return SPECIAL.search(name) is None


def name_filter(name: str) -> str:
    """Return a filter that matches a name; unless it `is_exact`, it may match others."""
    if is_exact(name):
        return f"name = '{name}'"
    return f"name LIKE '{SPECIAL.sub('_', name)}'"


def names_filter(names: Iterable[str]) -> str:
    """Return the filter that matches these names, each of which `is_exact`."""
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"name IN ({quoted})"


def name_chunks(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield the names in parts that one filter takes."""
    chunk: list[str] = []
    length = 0
    for name in names:
        size = len(name.encode()) + 4
        if chunk and (len(chunk) == MAX_NAMES or length + size > MAX_CHARACTERS):
            yield chunk
            chunk, length = [], 0
        chunk.append(name)
        length += size
    if chunk:
        yield chunk

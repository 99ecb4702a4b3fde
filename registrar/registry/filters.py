"""Names in as few questions as MLflow's filters allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["among", "chunks", "is_quotable", "quoted"]

NAMES = 100
CHARACTERS = 4000  # of a filter; proxies take addresses of 8000, in which every quote has three


def chunks(names: Iterable[str]) -> Iterator[list[str]]:
    """The names, as many together as one filter takes."""
    chunk: list[str] = []
    length = 0
    for name in names:
        size = len(name.encode()) + 4
        if chunk and (len(chunk) == NAMES or length + size > CHARACTERS):
            yield chunk
            chunk, length = [], 0
        chunk.append(name)
        length += size
    if chunk:
        yield chunk


def among(names: Iterable[str]) -> str:
    """The filter for these names."""
    return f"name IN ({', '.join(map(quoted, names))})"


def is_quotable(name: str) -> bool:
    """Whether a list in a filter can hold the name."""
    return "'" not in name


def quoted(text: str) -> str:
    """A string literal of MLflow's filter language, which has no escape."""
    return f'"{text}"' if "'" in text else f"'{text}'"

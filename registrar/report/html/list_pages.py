"""The pages that a long list of models is split over, and how they name each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.report.html.shown import count_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.report.html.index_page import IndexRow

__all__ = ["name_list_page", "split_list"]

MOST_LINKS = 100  # of a page; of more pages it links to those near it, and to some of the others
NEAR = 10
FEW = 6  # links that a page shows without a click
START, END = 12, 11  # characters of a long name that a link shows
HALF = 32  # bytes of each of the two


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page as the others name it: by its first and its last model."""

    number: int
    file: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """One of the pages: the places of its rows in the list, and the links to the pages, itself among them."""

    this: PageLink
    count: int
    rows: range
    links: tuple[PageLink, ...]
    before: PageLink | None
    after: PageLink | None

    @property
    def is_one_of_few(self) -> bool:
        """Whether the links fit on a line or two."""
        return self.count <= FEW


def split_list(rows: Sequence[IndexRow], sizes: Sequence[int], room: int) -> Iterator[ListPage]:
    """Yield the pages of a list; `sizes` are the bytes of its rows, `room` those of a page for rows."""
    parts = [*_split(sizes, room)]
    names = [row.name for row in rows]
    links = [
        PageLink(
            number, name_list_page(number), _shorten(names[part[0]]), _shorten(names[part[-1]])
        )
        for number, part in enumerate(parts, start=1)
    ]
    step = -(-len(links) // (MOST_LINKS - 2 * NEAR)) if len(links) > MOST_LINKS else 1
    for place, (link, part) in enumerate(zip(links, parts, strict=True)):
        yield ListPage(
            link,
            len(links),
            part,
            tuple(
                other
                for index, other in enumerate(links)
                if index % step == 0 or abs(index - place) <= NEAR
            ),
            links[place - 1] if place else None,
            links[place + 1] if link is not links[-1] else None,
        )


def name_list_page(number: int) -> str:
    """Return the file of a page of the list."""
    return "index.html" if number == 1 else f"models-{number}.html"


def _split(sizes: Sequence[int], room: int) -> Iterator[range]:
    """Yield the places of the rows of each page; each page has one or more."""
    start = taken = 0
    for place, size in enumerate(sizes):
        if place > start and taken + size > room:
            yield range(start, place)
            start, taken = place, 0
        taken += size
    yield range(start, len(sizes))


def _shorten(name: str) -> str:
    """Return a name without its middle: names that begin in the same way often differ at their end."""
    if len(name) <= START + 1 + END and count_bytes(name) <= 2 * HALF:
        return name
    start, end = name[:START], name[-END:]
    while count_bytes(start) > HALF:
        start = start[:-1]
    while count_bytes(end) > HALF:
        end = end[1:]
    return f"{start}…{end}"

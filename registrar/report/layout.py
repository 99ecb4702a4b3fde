"""Tables as lines: as wide as their cells, or as wide as a terminal.

On a terminal, cells that may be shortened make room for the others. Where that is not enough, a
table turns: each of its rows becomes a block of lines, in which nothing is shortened.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Cell", "Table", "align", "cell_text", "lay_out"]

# A text as it is, of any length, or a list, which is shortened between its items.
Cell: TypeAlias = "str | tuple[str, ...]"

GAP = 2  # columns of the screen between two columns of a table
LEAST = 12  # characters that a shortened cell has at least
TEXT_SIZES = (30, LEAST)  # characters for texts; lists are shortened before the second one counts
INDENT = "    "
DOTS = "..."


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first of `rows` holds the headings.

    The first `labels` columns say what a row is about. `flexible` are the headings of columns whose
    cells may be shortened on a terminal. In a `comparison`, the columns hold values of one kind.
    """

    title: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    labels: int = 1
    flexible: frozenset[str] = frozenset()
    comparison: bool = False


def cell_text(cell: Cell) -> str:
    """Return a cell in full."""
    return cell if isinstance(cell, str) else ", ".join(cell)


def lay_out(table: Table, width: int | None = None) -> Iterator[str]:
    """Yield the lines of a table; `width` is that of the terminal, if there is one."""
    yield from _title(table, width)
    if not table.rows:
        return
    whole = [[printable(cell_text(cell)) for cell in row] for row in table.rows]
    columns = whole if width is None else _fit(table, whole, width)
    yield from _turn(table, width or 0) if columns is None else align(columns)


def _title(table: Table, width: int | None) -> Iterator[str]:
    """Yield the title on one line; on a narrow terminal, what belongs to the name goes below it."""
    line = "  ".join(map(printable, table.title))
    if width is None or display_width(line) <= width:
        if line:
            yield line
        return
    yield printable(table.title[0])
    line = ""
    for part in table.title[1:]:
        if not table.flexible:
            yield from _wrap(INDENT, part, width)
            continue
        short = _shorten_text(part, width - len(INDENT))
        if line and display_width(f"{INDENT}{line}  {short}") > width:
            yield INDENT + line
            line = ""
        line += f"  {short}" if line else short
    if line:
        yield INDENT + line


def _fit(
    table: Table, whole: Sequence[Sequence[str]], width: int
) -> Sequence[Sequence[str]] | None:
    """Return the rows so that they fit the width; None where shortening is not enough.

    Lists keep what texts leave them, and the texts get what is left.
    """
    headings = whole[0]
    room = width - GAP * (len(headings) - 1)
    flexible = [i for i, heading in enumerate(headings) if heading in table.flexible]
    lists = [i for i in flexible if any(isinstance(row[i], tuple) for row in table.rows)]
    texts = [i for i in flexible if i not in lists]
    rows = [list(row) for row in whole]
    for row, cells in zip(rows, table.rows, strict=True):
        for i in texts:
            row[i] = _shorten_text(cell_text(cells[i]), width)  # its first line
    if sum(_widths(rows)) <= room:
        return rows
    for size in TEXT_SIZES:
        widths = _widths(rows)
        kept = sum(
            min(w, size) if i in texts else w for i, w in enumerate(widths) if i not in lists
        )
        limit = _find_limit([widths[i] for i in lists], room - kept)
        if limit is None:
            continue
        for row, cells in zip(rows, table.rows, strict=True):
            for i in lists:
                row[i] = _shorten_list(cells[i], limit)
        widths = _widths(rows)
        others = sum(w for i, w in enumerate(widths) if i not in texts)
        limit = _find_limit([widths[i] for i in texts], room - others) or LEAST
        for row in rows:
            for i in texts:
                row[i] = _shorten_text(row[i], limit)
        return rows
    return None


def _find_limit(widths: Sequence[int], room: int) -> int | None:
    """Return the width that no column may exceed, so that all fit; None where none is enough."""
    limits = range(max([LEAST, *(min(width, room) for width in widths)]), LEAST - 1, -1)
    return next((i for i in limits if sum(min(width, i) for width in widths) <= room), None)


def align(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a line for each row of printable cells, each column as wide as its widest cell."""
    widths = _widths(rows)
    for row in rows:
        cells = (c + " " * (w - display_width(c)) for c, w in zip(row, widths, strict=True))
        yield (" " * GAP).join(cells).rstrip()


def _turn(table: Table, width: int) -> Iterator[str]:
    """Yield a block of lines for each row: its labels, then its other cells with their headings."""
    rows = [[cell_text(cell) for cell in row] for row in table.rows]
    starts = list(align([[*map(printable, row[: table.labels])] for row in rows]))[1:]
    headings = rows[0][table.labels :]
    bodies = [
        list(_name_cells(headings, row[table.labels :], joins=table.comparison)) for row in rows[1:]
    ]
    names = {name for body in bodies for name, _ in body}
    longest = max(map(display_width, names), default=0)
    for number, (start, body) in enumerate(zip(starts, bodies, strict=True)):
        if table.comparison and [name for name, _ in body] == [""]:
            yield from _wrap(f"{start}  ", body[0][1], width)
            continue
        if number and not table.comparison:
            yield ""
        yield start if table.comparison else f"{rows[0][0]} {start}"
        for name, cell in body:
            padding = " " * (longest - display_width(name))
            yield from _wrap(f"{INDENT}{name}{padding}  ", cell, width)


def _name_cells(
    headings: Sequence[str], cells: Sequence[str], *, joins: bool
) -> Iterator[tuple[str, str]]:
    """Yield the cells that are not empty, with their headings.

    With `joins`, neighbours of the same value come as one; "" is the heading of a value of all.
    """
    groups = [[i] for i in range(len(cells))]
    if joins:
        groups = [list(same) for _, same in groupby(range(len(cells)), key=lambda i: cells[i])]
    for group in groups:
        first, last = group[0], group[-1]
        if cells[first] and joins and len(group) == len(cells):
            yield "", cells[first]
        elif cells[first]:
            rest = f" to {headings[last]}" if last > first else ""
            yield headings[first] + rest, cells[first]


def _wrap(start: str, text: str, width: int) -> Iterator[str]:
    """Yield `start` and a text, with line breaks between its words; a long word stays whole."""
    line, indent = start, " " * display_width(start)
    is_empty = True
    for paragraph in text.split("\n"):
        for word in printable(paragraph).split(" "):
            space = "" if is_empty else " "
            if not is_empty and display_width(line + space + word) > width:
                yield line.rstrip()
                line, space = indent, ""
            line += space + word
            is_empty = False
        yield line.rstrip()
        line, is_empty = indent, True


def _shorten_text(text: str, limit: int) -> str:
    """Return the first line of a text, cut where it is too long; dots say that there is more."""
    first, _, rest = text.strip("\n").partition("\n")
    line = printable(first) + (DOTS if rest else "")
    if display_width(line) <= limit:
        return line
    kept, width = 0, 0
    while (width := width + display_width(line[kept])) <= limit - len(DOTS):
        kept += 1
    return line[:kept].rstrip() + DOTS


def _shorten_list(cell: Cell, limit: int) -> str:
    """Return as many items as fit, and how many more there are; at least a part of the first."""
    items = [*map(printable, (cell,) if isinstance(cell, str) else cell)]
    text = ", ".join(items[:limit])
    if len(items) <= limit and display_width(text) <= limit:
        return text
    for count in range(min(len(items), limit) - 1, 0, -1):
        text = f"{', '.join(items[:count])} +{len(items) - count}"
        if display_width(text) <= limit:
            return text
    more = f" +{len(items) - 1}" if len(items) > 1 else ""
    return _shorten_text(items[0], limit - len(more)) + more


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(display_width, column)) for column in zip(*rows, strict=True)]


def display_width(text: str) -> int:
    """Return the width on a terminal: wide characters take two columns, combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in {"W", "F"} for char in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))

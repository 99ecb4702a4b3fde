"""The aliases over time as a drawing: a row for each alias, a bar for each version that it named.

Places are shares of the width in percent, so the drawing fits every screen.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from registrar.report.event_text import describe_time
from registrar.report.html.move_text import describe_move
from registrar.text import format_minute, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from registrar.changes.history import Move
    from registrar.events import Event
    from registrar.report.html.catalogue import CataloguedModel

__all__ = ["Timeline", "draw_timeline", "list_periods"]

NARROWEST = 0.6  # percent; a shorter period can still be seen
MOST_BARS = 100  # for each alias, the newest ones
MOST_LANES = 12
MOST_ROWS = 60  # of the table; older periods are counted
PHONE, DESKTOP = 300, 700  # pixels that all bars have on a narrow screen, and on another one
LETTER, MARGIN = 8, 7  # pixels
HOUR = 3_600_000  # milliseconds
# What a calendar has room for; whoever may write tags may have written any time.
EARLIEST, LATEST = parse_time("0001-01-01"), parse_time("9999-12-31T23:59:59.999Z")


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which an alias pointed to one version; times are ISO 8601 in UTC.

    `begin` and `end` are None where nobody recorded them; `is_open` is True where the alias is there
    still. `event` is the move that began it, None for a move outside registrar.
    """

    alias: str
    version: int
    begin: str | None
    end: str | None
    is_open: bool = False
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One period.

    `label` says on which screens its number has room. `shade` alternates, so that neighbours are told apart. `is_known` is False where nobody recorded
    the begin.
    """

    left: float
    width: float
    version: int
    shade: int
    is_open: bool
    is_known: bool
    text: str
    label: Literal["everywhere", "wide", "nowhere"]


@dataclass(frozen=True, slots=True)
class Row:
    """One period in the table of the timeline."""

    alias: str
    version: int
    begin: str
    end: str
    who: str
    link: str | None
    why: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars of each alias, the times at both ends, and the same as rows, the newest first."""

    bars: Mapping[str, tuple[Bar, ...]]
    begin: str
    end: str
    rows: tuple[Row, ...]
    left_out: int


def list_periods(moves: Iterable[Move]) -> dict[str, list[Period]]:
    """Return the periods of each alias from the oldest on; aliases that are there still come first.

    `moves` are those that took place, of each alias from the oldest on.
    """
    by_alias: dict[str, list[Move]] = {}
    for move in moves:
        by_alias.setdefault(move.alias, []).append(move)
    names = sorted(by_alias, key=lambda alias: (by_alias[alias][-1].target is None, alias))
    return {alias: [*_list_periods_of(by_alias[alias])] for alias in names}


def draw_timeline(catalogued: CataloguedModel) -> Timeline | None:
    """Return the timeline of a model; None for one whose aliases were never recorded.

    It ends at the newest time that the registry holds, not today: the same registry gives the same
    drawing.
    """
    periods = list_periods(catalogued.moves)
    times = [parse_time(move.at) for move in catalogued.moves if move.at is not None]
    if not times:
        return None
    created = [v.created for v in catalogued.model.versions if v.created is not None]
    begin, end = min(times), max(*times, *created, min(times) + 1)
    margin = max((end - begin) // 20, HOUR)
    begin, end = max(begin - margin, EARLIEST), min(end + margin, LATEST)
    bars = {
        alias: tuple(_draw_bars(items, begin, end))[-MOST_BARS:]
        for alias, items in itertools.islice(periods.items(), MOST_LANES)
    }
    rows = [_describe_row(period) for items in periods.values() for period in items]
    rows.sort(key=lambda row: (row.is_open, row.begin or row.end), reverse=True)
    return Timeline(
        bars,
        format_minute(begin)[:10],
        format_minute(end)[:10],
        tuple(rows[:MOST_ROWS]),
        max(0, len(rows) - MOST_ROWS),
    )


def _list_periods_of(moves: Sequence[Move]) -> Iterator[Period]:
    for move, following in itertools.zip_longest(moves, moves[1:]):
        if move.target is not None:
            end = None if following is None else following.at
            yield Period(
                move.alias, move.target, move.at, end, is_open=following is None, event=move.event
            )


def _draw_bars(periods: Sequence[Period], begin: int, end: int) -> Iterator[Bar]:
    edge = begin
    for index, period in enumerate(periods):
        starts = parse_time(period.begin) if period.begin else None
        left = edge if starts is None else starts
        stops = parse_time(period.end) if period.end else None
        if stops is None:
            following = periods[index + 1 :]
            known = [parse_time(time) for p in following for time in (p.begin, p.end) if time]
            stops = end if period.is_open or not known else known[0]
            # Nobody knows when the alias moved on: both versions share the time.
            if not period.is_open and following and following[0].begin is None:
                stops = left + (stops - left) // 2
        edge = max(stops, left)
        x = 100 * (left - begin) / (end - begin)
        width = max(100 * (edge - left) / (end - begin), NARROWEST)
        shown = round(min(width, 100 - x), 2)
        yield Bar(
            round(min(x, 100 - NARROWEST), 2),
            shown,
            period.version,
            index % 2 + 1,
            period.is_open,
            starts is not None,
            _describe_period(period),
            _place_label(period.version, shown),
        )


def _place_label(version: int, width: float) -> Literal["everywhere", "wide", "nowhere"]:
    """Return where the number of a version fits into a bar; half of a number is another number."""
    pixels = LETTER * len(str(version)) + 2 * MARGIN
    if width * PHONE >= 100 * pixels:
        return "everywhere"
    return "wide" if width * DESKTOP >= 100 * pixels else "nowhere"


def _describe_period(period: Period) -> str:
    since = f"from {describe_time(period.begin)}" if period.begin else "from an unknown time"
    until = f"until {describe_time(period.end)}" if period.end else ""
    if not until:
        until = "until now" if period.is_open else "until an unknown time"
    return f"{period.alias}: version {period.version} {since} {until}"


def _describe_row(period: Period) -> Row:
    who, link, why = describe_move(period.event)
    return Row(
        period.alias,
        period.version,
        describe_time(period.begin),
        "now" if period.is_open else describe_time(period.end),
        who,
        link,
        why,
        period.is_open,
    )

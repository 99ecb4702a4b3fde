"""The aliases over time as a drawing: a row for each alias, a bar for each version that it named.

Places are shares of the width in percent, so the drawing fits every screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.report.html.periods import find_periods
from registrar.report.html.why import who_and_why
from registrar.text import format_minute, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.report.html.periods import Period

__all__ = ["Timeline", "draw_timeline", "minute"]

NARROWEST = 0.6  # percent; a shorter period can still be seen
MOST_BARS = 100  # for each alias, the newest ones
MOST_LANES = 12
MOST_ROWS = 60  # of the table; older periods are counted
DAY = 86_400_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Bar:
    """One period.

    `shade` alternates, so that neighbours are told apart. `is_known` is False where nobody recorded
    the begin.
    """

    left: float
    width: float
    version: int
    shade: int
    is_open: bool
    is_known: bool
    text: str


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


def minute(time: str | None) -> str:
    """Return a time of an event as tables show it; an event can hold any text."""
    if time is None:
        return ""
    milliseconds = _milliseconds(time)
    return time[:40] if milliseconds is None else format_minute(milliseconds)


def draw_timeline(catalogued: CataloguedModel) -> Timeline | None:
    """Return the timeline of a model; None for one whose aliases were never recorded.

    It ends at the newest time that the registry holds, not today: the same registry gives the same
    drawing.
    """
    model = catalogued.model
    periods = find_periods(model.aliases, catalogued.events)
    times = [t for event in catalogued.events if (t := _milliseconds(event.at)) is not None]
    if not times or not periods:
        return None
    created = [v.created for v in model.versions if v.created is not None]
    begin, end = min(times), max(*times, *created, min(times) + 1)
    margin = max((end - begin) // 20, DAY // 24)
    begin, end = begin - margin, end + margin
    by_alias: dict[str, list[Period]] = {}
    for period in periods:
        by_alias.setdefault(period.alias, []).append(period)
    bars = {
        alias: tuple(_bars(items, begin, end))[-MOST_BARS:]
        for alias, items in [*by_alias.items()][:MOST_LANES]
    }
    rows = [_row(period) for period in periods]
    rows.sort(key=lambda row: (row.is_open, row.begin or row.end), reverse=True)
    return Timeline(
        bars,
        format_minute(begin)[:10],
        format_minute(end)[:10],
        tuple(rows[:MOST_ROWS]),
        max(0, len(rows) - MOST_ROWS),
    )


def _bars(periods: Sequence[Period], begin: int, end: int) -> Iterator[Bar]:
    edge = begin
    for index, period in enumerate(periods):
        starts = _milliseconds(period.begin) if period.begin else None
        left = edge if starts is None else starts
        stops = _milliseconds(period.end) if period.end else None
        if stops is None:
            following = periods[index + 1 :]
            known = [
                t for p in following for m in (p.begin, p.end) if m and (t := _milliseconds(m))
            ]
            stops = end if period.is_open or not known else known[0]
            # Nobody knows when the alias moved on: both versions share the time.
            if not period.is_open and following and following[0].begin is None:
                stops = left + (stops - left) // 2
        edge = max(stops, left)
        x = 100 * (left - begin) / (end - begin)
        width = max(100 * (edge - left) / (end - begin), NARROWEST)
        yield Bar(
            round(min(x, 100 - NARROWEST), 2),
            round(min(width, 100 - x), 2),
            period.version,
            index % 2 + 1,
            period.is_open,
            starts is not None,
            _text(period),
        )


def _text(period: Period) -> str:
    since = f"from {minute(period.begin)}" if period.begin else "from an unknown time"
    until = f"until {minute(period.end)}" if period.end else ""
    if not until:
        until = "until now" if period.is_open else "until an unknown time"
    return f"{period.alias}: version {period.version} {since} {until}"


def _row(period: Period) -> Row:
    who, link, why = who_and_why(period.event)
    return Row(
        period.alias,
        period.version,
        minute(period.begin),
        "now" if period.is_open else minute(period.end),
        who,
        link,
        why,
        period.is_open,
    )


def _milliseconds(time: str) -> int | None:
    try:
        return parse_time(time)
    except (ValueError, OverflowError):
        return None

"""The chart of a metric over the versions: one line for each dataset, drawn from a template.

Coordinates are those of the drawing, in units of about a pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.report.html.numbers import format_exact, format_short
from registrar.report.html.scale import Scale
from registrar.text import list_some, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.report.html.series import Metric, Series

__all__ = ["Chart", "draw_chart"]

WIDTH, HEIGHT = 340, 210
LEFT, RIGHT, BOTTOM = 48, 14, 26
ROW = 15  # the height of a row of labels, for the aliases above the lines
TOP = 10
LETTER = 6.2  # the width of a letter, about
COLOURS = 6
LONGEST = 16  # characters of an alias
ROWS = 3  # of labels; more aliases are in the list of versions


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, with its text."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a line, with what a reader sees of it."""

    x: float
    y: float
    version: int
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """The values on one dataset. `colour` counts from 1; `path` has a gap where a value is missing."""

    dataset: str
    colour: int
    path: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where an alias points; `anchor` says on which side of `x` the text is."""

    x: float
    text_x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit of a gate, as a line across the chart."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as its template needs it; `description` is what a screen reader reads."""

    metric: str
    description: str
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    rules: tuple[Rule, ...]
    unknown: str
    top: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def draw_chart(
    metric: Metric, versions: Sequence[int], aliases: Mapping[str, int], datasets: Sequence[str]
) -> Chart | None:
    """Return the chart of a metric over `versions`, oldest first; None for nothing to draw.

    `datasets` are those of the page: each has its colour in all charts.
    """
    shown = [series for series in metric.series if set(series.finite()) & {*versions}]
    values = [v for series in shown for n, v in series.finite().items() if n in versions]
    if not values:
        return None
    bounds = [
        bound
        for limit in metric.limits
        for bound in (limit.least, limit.most)
        if bound is not None and math.isfinite(bound)
    ]
    scale = Scale.cover([*values, *bounds])
    places = _place_versions(versions)
    marks, rows = _draw_marks(aliases, places)
    frame = _Frame(scale, TOP + rows * ROW)
    lines = tuple(
        _draw_line(series, datasets.index(series.dataset) % COLOURS + 1, places, frame)
        for series in shown
    )
    return Chart(
        metric.name,
        _describe(metric, shown, versions),
        lines,
        tuple(_list_ticks(versions, places)),
        tuple(Tick(frame.place(value), format_short(value)) for value in scale.ticks()),
        marks,
        tuple(_draw_rules(metric, frame)),
        _describe_unknown(metric, versions),
        frame.top,
    )


def _draw_path(points: Sequence[tuple[float, float] | None]) -> str:
    """Return the path of a line through the points, with a gap for each None.

    >>> _draw_path([(0, 1), (2, 3.25), None, (4, 5)])
    'M0 1L2 3.2M4 5'
    """
    path, command = [], "M"
    for point in points:
        if point is None:
            command = "M"
            continue
        path.append(f"{command}{_format_place(point[0])} {_format_place(point[1])}")
        command = "L"
    return "".join(path)


def _format_place(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where values stand from `top` to the bottom of the lines."""

    scale: Scale
    top: float

    def place(self, value: float) -> float:
        """Return the y of a value."""
        bottom = HEIGHT - BOTTOM
        return round(bottom - (bottom - self.top) * self.scale.share(value), 1)


def _place_versions(versions: Sequence[int]) -> dict[int, float]:
    """Return the x of each version: versions stand at equal distances, whatever their numbers."""
    width = WIDTH - LEFT - RIGHT
    if len(versions) == 1:
        return {versions[0]: LEFT + width / 2}
    inner, start = width - 16, LEFT + 8
    return {
        number: round(start + inner * index / (len(versions) - 1), 1)
        for index, number in enumerate(versions)
    }


def _draw_line(series: Series, colour: int, places: Mapping[int, float], frame: _Frame) -> Line:
    values = series.finite()
    points = {
        number: Point(
            x,
            frame.place(values[number]),
            number,
            text := format_exact(values[number]),
            f"version {number}: {series.name} {text}",
        )
        for number, x in places.items()
        if number in values
    }
    path = _draw_path([(p.x, p.y) if (p := points.get(n)) else None for n in places])
    return Line(series.dataset, colour, path, tuple(points.values()))


def _list_ticks(versions: Sequence[int], places: Mapping[int, float]) -> Iterator[Tick]:
    """Yield the numbers of as many versions as have room, the newest one always."""
    room = max(len(str(versions[-1])) * LETTER + 10, 18)
    every = max(1, math.ceil(room * len(versions) / (WIDTH - LEFT - RIGHT)))
    for index, number in enumerate(versions):
        if (len(versions) - 1 - index) % every == 0:
            yield Tick(places[number], str(number))


def _draw_marks(
    aliases: Mapping[str, int], places: Mapping[int, float]
) -> tuple[tuple[Mark, ...], int]:
    """Return the marks of the aliases, and how many rows of labels they take."""
    by_version: dict[int, list[str]] = {}
    for alias, number in sorted(aliases.items()):
        if number in places:
            by_version.setdefault(number, []).append(alias)
    marks, ends = [], list[float]()
    for number in sorted(by_version):
        text = list_some([_cut(alias) for alias in by_version[number]], most=2)
        x, width = places[number], len(text) * LETTER
        is_right = x + 4 + width > WIDTH - RIGHT + 8
        start = max(x - 4 - width if is_right else x + 4, 0)
        row = next((i for i, end in enumerate(ends) if end < start), len(ends))
        if row == ROWS:
            continue
        ends[row : row + 1] = [start + width + 6]
        text_x = start + width if is_right else start
        y = TOP + row * ROW + 4
        marks.append(Mark(x, round(text_x, 1), y, "end" if is_right else "start", text))
    return tuple(marks), len(ends)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _draw_rules(metric: Metric, frame: _Frame) -> Iterator[Rule]:
    """Yield a line for each limit; one line where several aliases share it."""
    found: dict[tuple[str, float, str], list[str]] = {}
    for limit in metric.limits:
        for word, bound in (("min", limit.least), ("max", limit.most)):
            if bound is not None and math.isfinite(bound):
                found.setdefault((word, bound, limit.dataset or ""), []).append(limit.alias)
    for (word, bound, dataset), names in found.items():
        on = f" on {_cut(dataset)}" if dataset and len(metric.series) > 1 else ""
        text = f"{word} {format_exact(bound)}{on} for {list_some(sorted(set(names)), most=1)}"
        yield Rule(frame.place(bound), text)


def _describe(metric: Metric, shown: Sequence[Series], versions: Sequence[int]) -> str:
    parts = []
    for series in shown:
        values = {n: v for n, v in series.finite().items() if n in versions}
        newest = max(values)
        where = f" on {series.dataset}" if series.dataset else ""
        low, high = format_exact(min(values.values())), format_exact(max(values.values()))
        parts.append(
            f"{plural(len(values), 'value')}{where}: {low} to {high}, "
            f"version {newest} has {format_exact(values[newest])}"
        )
    return f"{metric.name} over versions {versions[0]} to {versions[-1]}. {'. '.join(parts)}."


def _describe_unknown(metric: Metric, versions: Sequence[int]) -> str:
    """Return the versions whose value cannot be drawn: infinite, or not a number, or not known."""
    numbers = {
        number
        for series in metric.series
        for number in series.values
        if number in versions and number not in series.finite()
    }
    if not numbers:
        return ""
    return f"No finite value: version {list_some([str(n) for n in sorted(numbers)], most=6)}."

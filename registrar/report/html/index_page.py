"""The first page of a catalogue: a row for each model."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.report.html.alias_order import sort_aliases
from registrar.report.html.numbers import format_exact, format_short
from registrar.report.html.places import page_of
from registrar.report.html.prose import summarize
from registrar.report.html.scale import Scale
from registrar.report.html.series import collect_metrics, find_main_value
from registrar.report.html.shown import shorten
from registrar.text import format_minute

if TYPE_CHECKING:
    from collections.abc import Callable

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.report.html.series import Series

__all__ = ["IndexRow", "describe_row"]

WIDTH, HEIGHT = 84, 22
DRAWN = 30  # versions of a small line
SUMMARY = 110  # characters of a description
SHOWN_ALIASES = 4
MOST_TAGS, LONGEST_TAG = 10, 60  # those by which a row is found


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A model in the list. `spark` is the path of a small line; "" for too few values.

    `moment` orders the rows by the newest version. `words` are the tags, by which a row is found, too.
    """

    name: str
    page: str
    summary: str
    aliases: tuple[tuple[str, int], ...]
    more_aliases: int
    newest: int | None
    created: str
    moment: int
    metric: str
    value: str
    number: str
    spark: str
    owner: str
    declared: str | None
    words: str


def describe_row(catalogued: CataloguedModel, mask: Callable[[str], str]) -> IndexRow:
    """Return the row of a model."""
    model = catalogued.model
    newest = max(model.versions, key=lambda version: version.number, default=None)
    metrics = collect_metrics(catalogued)
    numbers = sorted((version.number for version in model.versions), reverse=True)
    values = (main for number in numbers if (main := find_main_value(metrics, number)))
    series, value = next(values, (None, 0.0))
    aliases = [(alias, model.aliases[alias]) for alias in sort_aliases(model)]
    moment = newest.created if newest is not None else None
    return IndexRow(
        name=model.name,
        page=page_of(model.name, mask),
        summary=summarize(model.description, mask, SUMMARY),
        aliases=tuple(aliases[:SHOWN_ALIASES]),
        more_aliases=max(0, len(aliases) - SHOWN_ALIASES),
        newest=newest.number if newest is not None else None,
        created="" if moment is None else format_minute(moment)[:10],
        moment=moment or 0,
        metric=series.name if series else "",
        value=format_short(value) if series else "",
        number=format_exact(value) if series else "",
        spark=_draw_spark(series) if series else "",
        owner=model.owner or "",
        declared=catalogued.declared,
        words=" ".join(
            shorten(f"{key}: {value}", LONGEST_TAG, mask)
            for key, value in sorted(model.tags.items())[:MOST_TAGS]
        ),
    )


def _draw_spark(series: Series) -> str:
    """Return the path of the newest values; "" for too few of them."""
    values = [value for _, value in sorted(series.finite().items())][-DRAWN:]
    if len(values) < 2:
        return ""
    scale = Scale.cover(values)
    step = (WIDTH - 4) / (len(values) - 1)
    points = [
        (round(2 + step * i), round(HEIGHT - HEIGHT * scale.share(value)))
        for i, value in enumerate(values)
    ]
    moves = (
        f"{x - before_x}{y - before_y:+}"
        for (before_x, before_y), (x, y) in itertools.pairwise(points)
    )
    return f"M{points[0][0]} {points[0][1]}l{' '.join(moves)}".replace("+", " ")

"""The list of models: a row for each, whose size in a page is bounded."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.report.html.alias_order import sort_aliases
from registrar.report.html.numbers import format_exact, format_short
from registrar.report.html.places import name_folder
from registrar.report.html.prose import summarize
from registrar.report.html.scale import Scale
from registrar.report.html.series import collect_metrics, find_main_value
from registrar.report.html.shown import count_bytes, fit, shorten
from registrar.text import format_minute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.report.html.series import Series

__all__ = ["IndexRow", "describe_row"]

WIDTH, HEIGHT = 84, 22
DRAWN = 30  # versions of a small line
SUMMARY = 110  # characters of a description
SHOWN_ALIASES = 4
MOST_TAGS, LONGEST_TAG = 10, 60  # those by which a row is found; characters
# Bytes in a page. No name that MLflow takes is cut.
NAME, SUMMARY_BYTES, ALIAS, FURTHER, METRIC, OWNER, TAGS = 2000, 500, 300, 500, 300, 300, 1000


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A model in the list. `spark` is the path of a small line; "" for too few values.

    `folder` is that of its pages. `seconds` orders the rows by the newest version. A row is found by
    the aliases and tags that it does not show, too: `further` and `tags`. No text holds a secret.
    """

    name: str
    folder: str
    summary: str
    aliases: tuple[tuple[str, int], ...]
    further: tuple[str, ...]
    more_aliases: int
    newest: int | None
    created: str
    seconds: int
    metric: str
    value: str
    number: str
    spark: str
    owner: str
    declared: str | None
    tags: tuple[str, ...]


def describe_row(catalogued: CataloguedModel, mask: Callable[[str], str]) -> IndexRow:
    """Return the row of a model."""
    model = catalogued.model
    newest = max(model.versions, key=lambda version: version.number, default=None)
    metrics = collect_metrics(catalogued)
    numbers = sorted((version.number for version in model.versions), reverse=True)
    values = (main for number in numbers if (main := find_main_value(metrics, number)))
    series, value = next(values, (None, 0.0))
    aliases = sort_aliases(model)
    moment = newest.created if newest is not None else None
    exact, short = (format_exact(value), format_short(value)) if series else ("", "")
    return IndexRow(
        name=fit(model.name, NAME, mask),
        folder=name_folder(model.name, mask),
        summary=fit(summarize(model.description, mask, SUMMARY), SUMMARY_BYTES, mask),
        aliases=tuple(
            (fit(alias, ALIAS, mask), model.aliases[alias]) for alias in aliases[:SHOWN_ALIASES]
        ),
        further=tuple(_take(map(mask, aliases[SHOWN_ALIASES:]), FURTHER)),
        more_aliases=max(0, len(aliases) - SHOWN_ALIASES),
        newest=newest.number if newest is not None else None,
        created="" if moment is None else format_minute(moment)[:10],
        seconds=(moment or 0) // 1000,
        metric=fit(series.name, METRIC, mask) if series else "",
        value=short,
        number=exact if exact != short else "",
        spark=_draw_spark(series) if series else "",
        owner=fit(model.owner or "", OWNER, mask),
        declared=catalogued.declared,
        tags=tuple(
            _take(
                (
                    shorten(f"{key}: {value}", LONGEST_TAG, mask)
                    for key, value in sorted(model.tags.items())[:MOST_TAGS]
                ),
                TAGS,
            )
        ),
    )


def _take(texts: Iterable[str], most: int) -> Iterator[str]:
    """Yield the first texts, which take at most `most` bytes in a page together."""
    for text in texts:
        most -= count_bytes(text) + 1
        if most < 0:
            return
        yield text


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

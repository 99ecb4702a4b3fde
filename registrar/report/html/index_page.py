"""The first page of a catalogue: a row for each model."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.report.html.model_page import main_value
from registrar.report.html.numbers import exact_text, metric_name
from registrar.report.html.places import folder_of
from registrar.report.html.prose import summarize
from registrar.report.html.scale import Scale
from registrar.report.html.series import collect_metrics
from registrar.text import format_minute

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.report.html.series import Metric

__all__ = ["describe_row"]

WIDTH, HEIGHT = 84, 22
DRAWN = 30  # versions of a small line
SUMMARY = 110  # characters of a description
SHOWN_ALIASES = 4


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A model in the list. `spark` is the path of a small line; "" for too few values.

    `moment` orders the rows by the newest version.
    """

    name: str
    folder: str
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


def describe_row(catalogued: CataloguedModel, mask: Callable[[str], str]) -> IndexRow:
    """Return the row of a model."""
    model = catalogued.model
    newest = max(model.versions, key=lambda version: version.number, default=None)
    metrics = collect_metrics(catalogued)
    measured = [
        version.number
        for version in sorted(model.versions, key=lambda version: -version.number)
        if main_value(metrics, version.number)
    ]
    name, value = (main_value(metrics, measured[0]) if measured else None) or ("", "")
    aliases = sorted(model.aliases.items())
    moment = newest.created if newest is not None else None
    return IndexRow(
        name=model.name,
        folder=folder_of(model.name, mask),
        summary=summarize(model.description, mask, SUMMARY),
        aliases=tuple(aliases[:SHOWN_ALIASES]),
        more_aliases=max(0, len(aliases) - SHOWN_ALIASES),
        newest=newest.number if newest is not None else None,
        created="" if moment is None else format_minute(moment)[:10],
        moment=moment or 0,
        metric=name,
        value=value,
        number=_number(metrics, measured[0]) if measured else "",
        spark=_draw_spark(metrics, name),
        owner=model.owner or "",
        declared=catalogued.declared,
    )


def _number(metrics: Sequence[Metric], version: int) -> str:
    """Return the value of the main metric, for sorting."""
    values = (series.value_of(version) for metric in metrics[:1] for series in metric.series)
    return next((exact_text(value) for value in values if value is not None), "")


def _draw_spark(metrics: Sequence[Metric], name: str) -> str:
    """Return the path of the main metric over the versions that have it."""
    for metric in metrics[:1]:
        for series in metric.series:
            if metric_name(metric.name, series.dataset) == name:
                return _path([value for _, value in sorted(series.finite().items())][-DRAWN:])
    return ""


def _path(values: Sequence[float]) -> str:
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

"""Versions of a model side by side: parameters, metrics with their trend, and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.layout import Table
from registrar.report.metric_names import format_measurement, list_metrics, metric_number
from registrar.report.sparkline import draw_sparkline
from registrar.secrets import mask_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.report.results import Listing
    from registrar.state import ObservedModel

__all__ = ["compare_versions"]


def compare_versions(
    title: tuple[str, ...], model: ObservedModel, listing: Listing, *, draws: bool = True
) -> Table:
    """Return a table with a row for each parameter, metric and metadata key; `*` marks a difference.

    A sparkline shows how a metric moves from the oldest of the versions to the newest.
    """
    versions = model.versions
    if not versions:
        return Table(title, ())
    rows = [*_rows(model, listing, draws=draws)]
    numbers = [version.number for version in versions]
    trend = f"trend {min(numbers)}-{max(numbers)}" if any(row[2] for row in rows) else ""
    headings = ("", "", trend, *(f"version {number}" for number in numbers))
    table = [headings, *(tuple(map(mask_values, row)) for row in rows)]
    if not trend:
        table = [(*row[:2], *row[3:]) for row in table]
    return Table(title, tuple(table), labels=3 if trend else 2, comparison=True)


def _rows(model: ObservedModel, listing: Listing, *, draws: bool) -> Iterator[tuple[str, ...]]:
    """Yield the mark, the field, the trend, and the value of each version."""
    versions = model.versions
    runs = [listing.run_data.get(version.run_id or "") for version in versions]
    yield ("", "aliases", "", *(", ".join(version.aliases) for version in versions))
    yield from _compare("params", [run.params if run else {} for run in runs])
    metrics = list_metrics([listing.measurements_of(model.name, v.number) for v in versions])
    texts = [
        {name: format_measurement(item) for name, item in column.items()} for column in metrics
    ]
    numbers = [{name: metric_number(item) for name, item in column.items()} for column in metrics]
    by_age = sorted(range(len(versions)), key=lambda index: versions[index].number)
    trends = {
        name: draw_sparkline([numbers[index].get(name) for index in by_age])
        for name in {name for column in metrics for name in column}
        if draws
    }
    yield from _compare("metrics", texts, trends)
    yield from _compare("metadata", [version.tags for version in versions])


def _compare(
    group: str, columns: Sequence[Mapping[str, str]], trends: Mapping[str, str] | None = None
) -> Iterator[tuple[str, ...]]:
    for key in sorted({key for column in columns for key in column}):
        values = [column.get(key) for column in columns]
        mark = "*" if len(set(values)) > 1 else ""
        yield (mark, f"{group}.{key}", (trends or {}).get(key, ""), *(v or "" for v in values))

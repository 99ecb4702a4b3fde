"""Versions of a model side by side: parameters, metrics with their trend, and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.metrics import list_metrics
from registrar.report.layout import Table
from registrar.report.sparkline import draw_sparkline
from registrar.secrets import mask_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.state import ObservedVersion, RunData

__all__ = ["compare_versions", "metric_name", "number_text"]


def compare_versions(
    title: tuple[str, ...],
    versions: Sequence[ObservedVersion],
    run_data: Mapping[str, RunData],
    *,
    draws: bool = True,
) -> Table:
    """Return a table with a row for each parameter, metric and metadata key; `*` marks a difference.

    A sparkline shows how a metric moves from the oldest of the versions to the newest.
    """
    if not versions:
        return Table(title, ())
    rows = [*_rows(versions, run_data, draws=draws)]
    numbers = [version.number for version in versions]
    trend = f"trend {min(numbers)}-{max(numbers)}" if any(row[2] for row in rows) else ""
    headings = ("", "", trend, *(f"version {number}" for number in numbers))
    table = [headings, *(tuple(map(mask_values, row)) for row in rows)]
    if not trend:
        table = [(*row[:2], *row[3:]) for row in table]
    return Table(title, tuple(table), labels=3 if trend else 2, comparison=True)


def metric_name(key: str, dataset: str) -> str:
    """Return a metric with the dataset that it was measured on, where that is known."""
    return f"{key} ({dataset})" if dataset else key


def number_text(value: float) -> str:
    """Return a number with six digits, as in `0.969231` or `1.2e-07`."""
    return f"{value:g}"


def _rows(
    versions: Sequence[ObservedVersion], run_data: Mapping[str, RunData], *, draws: bool
) -> Iterator[tuple[str, ...]]:
    """Yield the mark, the field, the trend, and the value of each version."""
    runs = [run_data.get(version.run_id or "") for version in versions]
    yield ("", "aliases", "", *(", ".join(version.aliases) for version in versions))
    yield from _compare("params", [run.params if run else {} for run in runs])
    metrics = [
        {metric_name(*key): value for key, value in list_metrics(version, run).items()}
        for version, run in zip(versions, runs, strict=True)
    ]
    texts = [{key: number_text(value) for key, value in column.items()} for column in metrics]
    by_age = sorted(range(len(versions)), key=lambda index: versions[index].number)
    trends = {
        key: draw_sparkline([metrics[index].get(key) for index in by_age])
        for key in {key for column in metrics for key in column}
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

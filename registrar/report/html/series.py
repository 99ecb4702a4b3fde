"""The metrics of a model as series: for each metric and dataset, the values over the versions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.report.metric_names import DatasetNames, list_metrics, name_metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registrar.report.html.catalogue import CataloguedModel, Limit
    from registrar.version_evidence import Measurement

__all__ = [
    "Metric",
    "Series",
    "collect_metrics",
    "find_main_value",
    "list_datasets",
    "name_metrics",
]


@dataclass(frozen=True, slots=True)
class Series:
    """The values of a metric on one dataset, by the number of the version.

    `name` is that of the metric with the dataset. `dataset` is "" for none; it has the digest where
    one name stands for several contents.
    """

    name: str
    dataset: str
    values: dict[int, Measurement]

    def value_of(self, version: int) -> float | None:
        """Return the value of a version; None where there is none, or nobody can know it."""
        found = self.values.get(version)
        return None if found is None else found.value

    def finite(self) -> dict[int, float]:
        """Return the values that have a place on a scale."""
        return {
            number: item.value
            for number, item in self.values.items()
            if item.value is not None and math.isfinite(item.value)
        }


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with one series for each dataset, that of a gate first, and the limits of gates."""

    name: str
    series: tuple[Series, ...]
    limits: tuple[Limit, ...] = ()


def collect_metrics(catalogued: CataloguedModel) -> Sequence[Metric]:
    """Return the metrics of a model: those with a gate first, then those that most versions have."""
    names = DatasetNames([*catalogued.metrics.values()])
    found: dict[str, dict[str, dict[int, Measurement]]] = {}
    for number, measurements in catalogued.metrics.items():
        for name, items in measurements.items():
            for item in items:
                by_dataset = found.setdefault(name, {})
                by_dataset.setdefault(names.name_dataset(name, item), {})[number] = item
    metrics = []
    gated = {limit.dataset for limit in catalogued.limits}
    for name, by_dataset in found.items():
        limits = tuple(limit for limit in catalogued.limits if limit.metric == name)
        order = sorted(by_dataset, key=lambda dataset: (dataset not in gated, dataset))
        series = tuple(
            Series(name_metric(name, dataset), dataset, by_dataset[dataset]) for dataset in order
        )
        metrics.append(Metric(name, series, limits))
    return sorted(metrics, key=_rank)


def find_main_value(metrics: Sequence[Metric], version: int) -> tuple[Series, float] | None:
    """Return the series of the metric that matters most in which a version has a value, with it."""
    for metric in metrics[:1]:
        for series in metric.series:
            value = series.value_of(version)
            if value is not None:
                return series, value
    return None


def list_datasets(metrics: Iterable[Metric]) -> list[str]:
    """Return the datasets of all metrics, each once."""
    return [*dict.fromkeys(series.dataset for metric in metrics for series in metric.series)]


def name_metrics(catalogued: CataloguedModel) -> dict[int, dict[str, Measurement]]:
    """Return the metrics of each version by a name that says the same in each of them."""
    columns = list_metrics([*catalogued.metrics.values()])
    return dict(zip(catalogued.metrics, columns, strict=True))


def _rank(metric: Metric) -> tuple[bool, int, str]:
    versions = {number for series in metric.series for number in series.values}
    return not metric.limits, -len(versions), metric.name

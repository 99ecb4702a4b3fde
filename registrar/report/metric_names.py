"""How a metric is called: by its name, and by the data that it was measured on where that is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.version_evidence import Measurement, Measurements

__all__ = ["DatasetNames", "format_measurement", "list_metrics", "metric_number", "name_metric"]


class DatasetNames:
    """The names of datasets, with the digest where one name stands for several contents."""

    def __init__(self, columns: Sequence[Measurements]) -> None:
        self._digests: dict[tuple[str, str | None], set[str | None]] = {}
        for column in columns:
            for key, items in column.items():
                for item in items:
                    known = self._digests.setdefault((key, item.dataset), set())
                    known.add(item.dataset_digest)

    def name_dataset(self, key: str, item: Measurement) -> str:
        """Return the name of the dataset of a measurement of the metric `key`; "" for none."""
        has_several = len(self._digests[key, item.dataset]) > 1
        return " ".join(filter(None, (item.dataset, item.dataset_digest if has_several else None)))


def list_metrics(columns: Sequence[Measurements]) -> list[dict[str, Measurement]]:
    """Return the metrics of several versions by a name that says the same in each of them.

    Numbers of different datasets are not the same metric: `accuracy (test)`. Where one name stands
    for several contents of a dataset, the digest is added: `accuracy (test 000c925f)`.
    """
    names = DatasetNames(columns)
    return [
        dict(sorted(_name_all(column, names), key=lambda named: named[0])) for column in columns
    ]


def name_metric(key: str, dataset: str) -> str:
    """Return a metric with the dataset that it was measured on, where that is known."""
    return f"{key} ({dataset})" if dataset else key


def format_measurement(measurement: Measurement) -> str:
    """Return a value with six digits, as in `0.969231` or `1.2e-07`."""
    number = metric_number(measurement)
    return "unknown" if number is None else f"{number:g}"


def metric_number(measurement: Measurement) -> float | None:
    """Return a value as a number, which is not finite for NaN; None where nobody knows it."""
    return math.nan if measurement.unknown == "not-a-number" else measurement.value


def _name_all(column: Measurements, names: DatasetNames) -> Iterator[tuple[str, Measurement]]:
    for key, items in column.items():
        yield from ((name_metric(key, names.name_dataset(key, item)), item) for item in items)

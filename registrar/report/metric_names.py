"""How a metric is called: by its name, and by the data that it was measured on where that is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from registrar.evidence import Measurement, Measurements

__all__ = ["list_metrics", "measurement_text", "metric_number"]


def list_metrics(columns: Sequence[Measurements]) -> list[dict[str, Measurement]]:
    """Return the metrics of several versions by a name that says the same in each of them.

    Numbers of different datasets are not the same metric: `accuracy (test)`. Where one name stands
    for several contents of a dataset, the digest is added: `accuracy (test 000c925f)`.
    """
    digests: dict[tuple[str, str | None], set[str | None]] = {}
    for column in columns:
        for key, items in column.items():
            for item in items:
                digests.setdefault((key, item.dataset), set()).add(item.dataset_digest)
    several = {name for name, known in digests.items() if len(known) > 1}
    return [dict(sorted(_name_all(column, several))) for column in columns]


def measurement_text(measurement: Measurement) -> str:
    """Return a value with six digits, as in `0.969231` or `1.2e-07`."""
    number = metric_number(measurement)
    return "unknown" if number is None else f"{number:g}"


def metric_number(measurement: Measurement) -> float | None:
    """Return a value as a number, which is not finite for NaN; None where nobody knows it."""
    return math.nan if measurement.unknown == "not-a-number" else measurement.value


def _name_all(
    column: Measurements, several: Collection[tuple[str, str | None]]
) -> Iterator[tuple[str, Measurement]]:
    for key, items in column.items():
        for item in items:
            digest = item.dataset_digest if (key, item.dataset) in several else None
            dataset = " ".join(filter(None, (item.dataset, digest)))
            yield (f"{key} ({dataset})" if dataset else key), item

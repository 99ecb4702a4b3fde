"""The metrics in the tag `registrar_metrics` of a version: declared, or brought along by a copy.

The text is a JSON object: for each metric the list of its values, each with the data that it was
measured on where that is known: `{"accuracy": [{"value": 0.97, "dataset": "test"}]}`. A value that
was measured on another server has `"from": "carried"`; any other was declared in a configuration.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from registrar.evidence import Measurement
from registrar.text import canonical_json, has_surrogate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.evidence import Measurements, MetricOrigin

__all__ = ["carried_text", "parse_recorded"]

MAX_TAG = 100_000  # characters of a version's tag
MAX_NUMBER = 1.797e308  # an integer of JSON can be larger


def parse_recorded(text: str | None) -> dict[str, tuple[Measurement, ...]]:
    """Return what a tag holds; nothing where it does not have the form that registrar writes."""
    try:
        document = json.loads(text or "{}", parse_constant=_refuse)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {key: _measurements(items) for key, items in document.items() if _are_values(items)}


def carried_text(measurements: Measurements) -> str | None:
    """Return the tag of a copy, for the metrics of the model that it is a copy of.

    None for no metrics, and for more than a tag can hold. What is not a number stays behind.
    """
    values = {
        key: [_entry(item) for item in items if _is_number(item.value)]
        for key, items in measurements.items()
    }
    values = {key: entries for key, entries in values.items() if entries}
    text = canonical_json(values)
    return text if values and len(text) <= MAX_TAG and not has_surrogate(text) else None


def _entry(measurement: Measurement) -> dict[str, Any]:
    """Return a value as a copy's tag has it; a declared one stays declared."""
    entry: dict[str, Any] = {"value": measurement.value}
    if measurement.dataset is not None:
        entry["dataset"] = measurement.dataset
    if measurement.dataset_digest is not None:
        entry["dataset_digest"] = measurement.dataset_digest
    if measurement.origin != "declared":
        entry["from"] = "carried"
    return entry


def _measurements(items: list[Mapping[str, Any]]) -> tuple[Measurement, ...]:
    values: dict[tuple[str | None, str | None], Measurement] = {}
    for item in items:
        dataset, digest = _text(item.get("dataset")), _text(item.get("dataset_digest"))
        origin: MetricOrigin = "carried" if item.get("from") == "carried" else "declared"
        measurement = Measurement(float(item["value"]), dataset, digest, origin=origin)
        other = values.setdefault((dataset, digest), measurement)
        if other.value != measurement.value:
            unknown = Measurement(None, dataset, digest, origin=origin, unknown="two-values")
            values[dataset, digest] = unknown
    return tuple(values.values())


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value and not has_surrogate(value) else None


def _are_values(items: Any) -> bool:
    return (
        isinstance(items, list)
        and bool(items)
        and all(isinstance(item, dict) and _is_number(item.get("value")) for item in items)
    )


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= MAX_NUMBER
        and math.isfinite(value)
    )


def _refuse(name: str) -> float:
    message = f"{name} is not a number of JSON"
    raise ValueError(message)

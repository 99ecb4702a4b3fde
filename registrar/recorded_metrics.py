"""The metrics in the tag `registrar_metrics` of a version: declared, or brought along by a copy.

The text is a JSON object: for each metric the list of its values, each with the data that it was
measured on where that is known: `{"accuracy": [{"value": 0.97, "dataset": "test"}]}`. A value that
was measured on another server has `"from": "carried"`; any other was declared in a configuration.
Of one dataset, what was measured counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from registrar.strict_json import parse_strict
from registrar.text import canonical_json, has_surrogate
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.version_evidence import Measurements, MetricOrigin

__all__ = [
    "MAX_CARRIED",
    "format_carried",
    "format_declared",
    "merge_recorded",
    "parse_declared",
    "parse_recorded",
]

MAX_CARRIED = 49_000  # characters: a tag takes 100,000, and holds what is declared and carried
FIELDS = ("value", "dataset", "dataset_digest")
MAX_NUMBER = 1.797e308  # an integer of JSON can be larger


def parse_recorded(text: str | None) -> dict[str, tuple[Measurement, ...]]:
    """Return what a tag holds; nothing where it does not have the form that registrar writes."""
    return {key: _parse_measurements(entries) for key, entries in _parse(text).items()}


def parse_declared(text: str | None) -> dict[str, Any]:
    """Return what a tag holds of declared metrics, as a configuration writes them."""
    declared = {}
    for key, entries in _parse(text).items():
        for entry in entries:
            if not _is_carried(entry):
                is_number = entry.keys() <= {"value"}
                known = {field: entry[field] for field in FIELDS if field in entry}
                declared[key] = entry["value"] if is_number else known
    return declared


def format_declared(declared: Mapping[str, Any]) -> str:
    """Return the metrics of a valid configuration as a tag has them."""
    return canonical_json(
        {
            key: [value if isinstance(value, dict) else {"value": value}]
            for key, value in declared.items()
        }
    )


def merge_recorded(
    now: str | None, declared: str | None, carried: str | None, *, replaces: bool
) -> str | None:
    """Return the tag of a version that has the tag `now`; None where it has none and gets none.

    What a copy has brought along stays. With `replaces`, other declared metrics are removed; a
    script replaces those that it names. None for `declared` leaves all declared ones.
    """
    named = _parse(declared)
    metrics: dict[str, list[dict[str, Any]]] = {}
    for key, entries in (*_parse(now).items(), *_parse(carried).items()):
        is_replaced = declared is not None and (replaces or key in named)
        kept = [entry for entry in entries if _is_carried(entry) or not is_replaced]
        if kept:
            metrics[key] = [*metrics.get(key, ()), *kept]
    for key, entries in named.items():
        metrics[key] = [*metrics.get(key, ()), *entries]
    return canonical_json(metrics) if metrics or now is not None else None


def format_carried(measurements: Measurements) -> str | None:
    """Return the tag of a copy, for the metrics of the model that it is a copy of.

    None for no metrics. What is not a number stays behind. More than `MAX_CARRIED` characters are
    left out of the plan later, with a note.
    """
    values = {
        key: [_make_entry(item) for item in items if _is_number(item.value)]
        for key, items in measurements.items()
    }
    values = {key: entries for key, entries in values.items() if entries}
    text = canonical_json(values)
    return text if values and not has_surrogate(text) else None


def _make_entry(measurement: Measurement) -> dict[str, Any]:
    """Return a value as a copy's tag has it; a declared one stays declared."""
    entry: dict[str, Any] = {"value": measurement.value}
    if measurement.dataset is not None:
        entry["dataset"] = measurement.dataset
    if measurement.dataset_digest is not None:
        entry["dataset_digest"] = measurement.dataset_digest
    if measurement.origin != "declared":
        entry["from"] = "carried"
    return entry


def _parse(text: str | None) -> dict[str, list[dict[str, Any]]]:
    try:
        document = parse_strict(text or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {key: entries for key, entries in document.items() if _are_values(entries)}


def _is_carried(entry: Mapping[str, Any]) -> bool:
    return entry.get("from") == "carried"


def _parse_measurements(entries: list[dict[str, Any]]) -> tuple[Measurement, ...]:
    values: dict[tuple[str | None, str | None], Measurement] = {}
    for entry in sorted(entries, key=_is_carried, reverse=True):
        dataset, digest = _read_text(entry.get("dataset")), _read_text(entry.get("dataset_digest"))
        origin: MetricOrigin = "carried" if _is_carried(entry) else "declared"
        measurement = Measurement(float(entry["value"]), dataset, digest, origin=origin)
        other = values.setdefault((dataset, digest), measurement)
        if other.origin == origin and other.value != measurement.value:
            unknown = Measurement(None, dataset, digest, origin=origin, unknown="two-values")
            values[dataset, digest] = unknown
    return tuple(values.values())


def _read_text(value: Any) -> str | None:
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

"""The numbers that a copied version brings along, in the tag `registrar_metrics`.

The text is a JSON object: for each metric the list of its values, each with the data that it was
measured on where that is known: `{"accuracy": [{"value": 0.97, "dataset": "test"}]}`.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from registrar.text import canonical_json, has_surrogate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import ObservedVersion, RunData

__all__ = ["carried_text", "list_metrics", "metrics_of", "metrics_text"]

MAX_TAG = 100_000  # characters of a version's tag
MAX_NUMBER = 1.797e308  # an integer of JSON can be larger


def metrics_text(metrics: Mapping[str, float]) -> str | None:
    """Return the tag for the metrics of a run; what is not a number stays behind.

    None for no metrics, and for more than a tag can hold.
    """
    values = {k: [{"value": value}] for k, value in metrics.items() if math.isfinite(value)}
    text = canonical_json(values)
    return text if values and len(text) <= MAX_TAG else None


def carried_text(text: str | None) -> str | None:
    """Return the tag of an upstream version as its copy gets it; None where it is spoilt."""
    values = _parse(text)
    rewritten = canonical_json(values)
    fits = len(rewritten) <= MAX_TAG and not has_surrogate(rewritten)
    return rewritten if values and fits else None


def metrics_of(version: ObservedVersion, run: RunData | None) -> Mapping[str, float]:
    """Return the metrics to show of a version: those that it brought along, then those of its run."""
    carried = {key: values[-1]["value"] for key, values in _parse(version.metrics).items()}
    return {**carried, **(run.metrics if run else {})}


def list_metrics(version: ObservedVersion, run: RunData | None) -> Mapping[tuple[str, str], float]:
    """Return the metrics to show of a version, by name and dataset; "" where none is recorded.

    Numbers of different datasets are not the same metric. A run records no dataset.
    """
    values = {
        (key, dataset if isinstance(dataset := item.get("dataset"), str) else ""): item["value"]
        for key, items in _parse(version.metrics).items()
        for item in items
    }
    return {**values, **({(key, ""): value for key, value in run.metrics.items()} if run else {})}


def _parse(text: str | None) -> dict[str, list[dict[str, Any]]]:
    """Return what a tag holds; nothing where it does not have the form that registrar writes."""
    try:
        document = json.loads(text or "{}", parse_constant=_refuse)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {key: values for key, values in document.items() if _are_values(values)}


def _are_values(values: Any) -> bool:
    return (
        isinstance(values, list)
        and bool(values)
        and all(
            isinstance(item, dict)
            and isinstance(item.get("value"), int | float)
            and not isinstance(item["value"], bool)
            and abs(item["value"]) <= MAX_NUMBER
            for item in values
        )
    )


def _refuse(name: str) -> float:
    message = f"{name} is not a number of JSON"
    raise ValueError(message)

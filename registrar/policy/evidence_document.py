"""The evidence of a declared version as the JSON document that rules are judged on.

`registrar/config/schemas/evidence.json` describes it. What is not known is left out, and so is a
number that is not finite: NaN would pass `minimum`.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import DeleteTag, SetTag
from registrar.changes.measurements import is_same_dataset
from registrar.changes.tags import is_own_tag
from registrar.policy.exact_numbers import EXACT, read_value
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.changes.plan import ModelPlan
    from registrar.version_evidence import (
        Measurement,
        Measurements,
        MoveEvidence,
        VersionEvidence,
    )

__all__ = ["evidence_document"]

GREATEST = 1.7976931348623157e308  # of all finite numbers
UNRECORDED = "unrecorded"  # in the place of the dataset's name


def evidence_document(
    model: ModelPlan,
    entry: int,
    candidate: VersionEvidence | None,
    moves: Iterable[MoveEvidence] = (),
) -> dict[str, Any]:
    """Return the document of the declared version at `entry`, as the plan leaves it.

    `candidate` is what is known of the version; None for a model that declares none. `moves` are the
    aliases that would be set on it or moved to it.
    """
    document: dict[str, Any] = {"format": 1, **_describe_model(model), "entry": entry}
    if candidate is None:
        return document
    declared = model.desired.versions[entry]
    source = declared.source.uri
    observed = {v.number: v for v in model.observed.versions} if model.observed else {}
    there = observed.get(candidate.number or 0)
    description = declared.description
    if description is None:
        description = there.description if there is not None else ""
    document |= {
        "version": candidate.number,
        "source": safe_uri(source if there is None else there.source),
        "description": description,
        **_describe_version(candidate),
        "tags": {key: value for key, value in candidate.tags.items() if not is_own_tag(key)},
        "provenance": dict(candidate.provenance),
        "aliases": {move.alias: _describe_move(move) for move in moves},
    }
    return document


def _describe_model(model: ModelPlan) -> dict[str, Any]:
    """Return what is known of the registered model as the plan leaves it."""
    desired, observed = model.desired, model.observed
    owner = desired.owner or (observed.owner if observed is not None else None)
    protected = desired.protected
    if protected is None:
        protected = (observed.protected or ()) if observed is not None else ()
    description = desired.description
    if description is None:
        description = observed.description if observed is not None else ""
    return {
        "config": model.config,
        "name": model.name,
        **({} if owner is None else {"owner": owner}),
        "registered_model": {
            "description": description,
            "tags": _model_tags(model),
            "protected_aliases": sorted(protected),
        },
    }


def _model_tags(model: ModelPlan) -> dict[str, str]:
    if model.observed is None:
        tags = dict(model.desired.tags or {})
    else:
        tags = dict(model.observed.tags)
        for change in model.changes:
            match change:
                case SetTag(version=None, entry=None):
                    tags[change.key] = change.after
                case DeleteTag(version=None, entry=None):
                    tags.pop(change.key, None)
                case _:
                    continue
    return {key: value for key, value in tags.items() if not is_own_tag(key)}


def _describe_version(version: VersionEvidence) -> dict[str, Any]:
    """Return what both sides of an alias have: content, signature and metrics, where known."""
    known: dict[str, Any] = {}
    if version.digest is not None:
        known["digest"] = version.digest
    if version.flavors:
        known["flavors"] = sorted(version.flavors)
    if version.signature is not None:
        known["signature"] = version.signature.to_dict()
    return {**known, "metrics": _describe_metrics(version.metrics)}


def _describe_metrics(measurements: Measurements) -> dict[str, Any]:
    metrics = {
        key: [_describe_measurement(value) for value in values if _is_number(value)]
        for key, values in sorted(measurements.items())
    }
    return {key: values for key, values in metrics.items() if values}


def _describe_measurement(measurement: Measurement) -> dict[str, Any]:
    values = measurement.to_dict()
    return {key: value for key, value in values.items() if value is not None}


def _describe_move(move: MoveEvidence) -> dict[str, Any]:
    if move.replaced is None:
        return {"replaces": None}
    return {
        "replaces": move.replaced.number,
        **_describe_version(move.replaced),
        "change": _describe_change(move.candidate.metrics, move.replaced.metrics),
    }


def _describe_change(after: Measurements, before: Measurements) -> dict[str, dict[str, float]]:
    """Return by how much each metric changes, by the name of its dataset.

    Where one name stands for several contents, the digest follows it: `test (000c925f)`.
    """
    changes: dict[str, dict[str, float]] = {}
    for key, values in sorted(after.items()):
        counts = Counter(value.dataset for value in values)
        for value in filter(_is_number, values):
            name = value.dataset or UNRECORDED
            if counts[value.dataset] > 1 and value.dataset_digest is not None:
                name = f"{name} ({value.dataset_digest})"
            same = [v for v in before.get(key, ()) if is_same_dataset(v, value)]
            if len(same) == 1 and _is_number(same[0]):
                changes.setdefault(key, {})[name] = _subtract(value, same[0])
    return changes


def _subtract(value: Measurement, other: Measurement) -> float:
    """Return the change as a finite number: JSON has no others."""
    change = float(EXACT.subtract(read_value(value), read_value(other)))
    return min(max(change, -GREATEST), GREATEST)


def _is_number(measurement: Measurement) -> bool:
    return measurement.value is not None and math.isfinite(measurement.value)

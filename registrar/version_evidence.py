"""What is known of the versions that an alias would point to and that it would leave.

The values are collected by `commands`, judged by `policy` and printed by `report`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LoggedMetric",
    "Measurement",
    "Measurements",
    "MetricOrigin",
    "MoveEvidence",
    "Signature",
    "UnknownReason",
    "VersionEvidence",
    "explain_unknown",
]

MetricOrigin: TypeAlias = Literal["logged_model", "run", "declared", "carried"]
UnknownReason: TypeAlias = Literal["not-a-number", "zero-or-nan", "two-values"]
REASONS: Mapping[UnknownReason, str] = {
    "not-a-number": "it is not a number (NaN)",
    "zero-or-nan": "it is 0.0 or NaN: MLflow gives 0.0 for both, and its run does not tell which",
    "two-values": "it has two values for one dataset, and none of them is the last",
}


@dataclass(frozen=True, slots=True)
class LoggedMetric:
    """A value that was logged for a logged model, as MLflow gives it back; a model has many.

    MLflow gives 0.0 for NaN, and a number near 1.797e308 for infinity. `logged_at` is in
    milliseconds since 1970, UTC. `run_id` is the run in which the value was logged.
    """

    key: str
    value: float
    step: int
    logged_at: int
    run_id: str | None = None
    dataset: str | None = None
    dataset_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """The value of a metric, with the data that it was measured on.

    `value` is None where nobody can know it; `unknown` says why. An infinite number is a value.
    `dataset` and `dataset_digest` are None where they are not recorded, as in a run.
    """

    value: float | None
    dataset: str | None = None
    dataset_digest: str | None = None
    step: int | None = None
    origin: MetricOrigin = "run"
    unknown: UnknownReason | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Measurement:
        """Return the measurement of a document that fits its schema."""
        value = values["value"]
        return cls(
            value=None if value is None else float(value),
            dataset=values["dataset"],
            dataset_digest=values["dataset_digest"],
            step=values["step"],
            origin=values["from"],
            unknown=values["unknown"],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values; a number that is not finite is text."""
        is_number = self.value is None or math.isfinite(self.value)
        return {
            "value": self.value if is_number else json.dumps(self.value),
            "dataset": self.dataset,
            "dataset_digest": self.dataset_digest,
            "step": self.step,
            "from": self.origin,
            "unknown": self.unknown,
        }


def explain_unknown(reason: UnknownReason) -> str:
    """Return why nobody can know a value, as the end of a sentence about the metric."""
    return REASONS[reason]


Measurements: TypeAlias = "Mapping[str, tuple[Measurement, ...]]"
"""The measurements of one version, by the metric's name: one for each dataset."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a model as MLflow writes it in an MLmodel: lists of columns or tensors.

    None stands for a part that the model does not declare.
    """

    inputs: tuple[Mapping[str, Any], ...] | None = None
    outputs: tuple[Mapping[str, Any], ...] | None = None
    params: tuple[Mapping[str, Any], ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the parts that the model declares, as JSON values."""
        parts = {"inputs": self.inputs, "outputs": self.outputs, "params": self.params}
        return {key: [*part] for key, part in parts.items() if part is not None}


@dataclass(frozen=True, slots=True)
class VersionEvidence:
    """What is known of one version; `number` is None for a version that the plan creates.

    `signature` is None for a model without one, and for one that nobody can read.
    """

    number: int | None
    digest: str | None
    flavors: tuple[str, ...] = ()
    signature: Signature | None = None
    metrics: Measurements = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MoveEvidence:
    """What is known of both sides of an alias that would be set or moved.

    `entry` is the index of the declared version that it would come to, `candidate` that version as
    the plan leaves it. `replaced` is the version that it would leave; None for its first use.
    """

    alias: str
    entry: int
    candidate: VersionEvidence
    replaced: VersionEvidence | None

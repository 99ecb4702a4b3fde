"""What is known of the versions that an alias would point to and that it would leave.

The values are collected by `commands`, judged by `policy` and printed by `report`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Measurement", "Measurements", "MetricOrigin", "Signature", "VersionEvidence"]

MetricOrigin: TypeAlias = Literal["logged_model", "run", "declared", "carried"]


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
    unknown: str | None = None


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

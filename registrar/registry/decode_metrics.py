"""Metrics of logged models and runs, from the REST API and from MLflow's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.registry import json_shape
from registrar.version_evidence import LoggedMetric

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["metric_from_json", "metric_from_mlflow"]


def metric_from_json(reply: Mapping[str, Any]) -> LoggedMetric:
    """Return a value of a metric from the REST API."""
    return LoggedMetric(
        key=json_shape.required_text(reply, "key"),
        value=json_shape.number(reply, "value"),
        step=json_shape.integer(reply, "step"),
        logged_at=json_shape.integer(reply, "timestamp"),
        run_id=json_shape.optional_text(reply, "run_id") or None,
        dataset=json_shape.optional_text(reply, "dataset_name") or None,
        dataset_digest=json_shape.optional_text(reply, "dataset_digest") or None,
    )


def metric_from_mlflow(metric: Any) -> LoggedMetric:
    """Return a value of a metric from MLflow's client."""
    return LoggedMetric(
        key=metric.key,
        value=float(metric.value),
        step=metric.step or 0,
        logged_at=metric.timestamp or 0,
        run_id=getattr(metric, "run_id", None) or None,
        dataset=getattr(metric, "dataset_name", None) or None,
        dataset_digest=getattr(metric, "dataset_digest", None) or None,
    )

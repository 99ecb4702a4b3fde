"""The names of metrics with the data that they were measured on."""

from __future__ import annotations

from registrar.report.metric_names import list_metrics
from registrar.version_evidence import Measurement


def test_a_metric_whose_name_reads_like_another_one_spoils_nothing() -> None:
    column = {"accuracy (test)": (Measurement(1.0),), "accuracy": (Measurement(0.5, "test"),)}
    (named,) = list_metrics([column])
    assert [*named] == ["accuracy (test)"]

"""The numbers that a copied version brings along, as the text of a tag."""

from __future__ import annotations

import math

import pytest

from registrar.changes.metrics import carried_text, list_metrics, metrics_of, metrics_text
from registrar.state import ObservedVersion, RunData


def test_the_numbers_of_a_run_become_a_tag() -> None:
    numbers = {"loss": math.nan, "accuracy": 0.5, "steps": math.inf}
    assert metrics_text(numbers) == '{"accuracy":[{"value":0.5}]}'


@pytest.mark.parametrize(
    "metrics", [{}, {"loss": math.nan}, {f"metric-{n}" * 10: 1.0 for n in range(2000)}]
)
def test_no_number_or_too_many_make_no_tag(metrics: dict[str, float]) -> None:
    assert metrics_text(metrics) is None


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "{", "[]", "7", "{}", '{"a": NaN}', '{"a": []}', '{"a": [1]}', '{"a": [{}]}'),
        *('{"a": [{"value": true}]}', '{"a": [{"value": "1"}]}', '{"a": [{"value": 1e999}]}'),
        *('{"\\ud800": [{"value": 1}]}', "[" * 100_000),
    ],
    ids=lambda text: str(text)[:30],
)
def test_a_spoilt_tag_is_not_carried_over(text: str | None) -> None:
    assert carried_text(text) is None


def test_what_a_tag_holds_of_numbers_is_carried_over() -> None:
    text = '{ "a": [{"value": 1, "dataset": "test"}], "b": 2 }'
    assert carried_text(text) == '{"a":[{"dataset":"test","value":1}]}'


def test_numbers_are_shown_by_name_and_by_dataset() -> None:
    text = (
        '{"a": [{"value": 1, "dataset": "test"}, {"value": 2, "dataset": 3}], "b": [{"value": 4}]}'
    )
    version = ObservedVersion(1, metrics=text)
    run = RunData({}, {"b": 5.0})
    assert metrics_of(version, None) == {"a": 2, "b": 4}
    assert metrics_of(version, run) == {"a": 2, "b": 5.0}
    assert list_metrics(version, None) == {("a", "test"): 1, ("a", ""): 2, ("b", ""): 4}
    assert list_metrics(version, run)["b", ""] == 5.0

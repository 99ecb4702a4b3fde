"""The chart of a metric: where its points are, its gaps, limits and aliases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.report.html.charts import draw_chart
from registrar.report.html.scale import Scale
from registrar.report.html.series import collect_metrics
from registrar.version_evidence import Measurement
from tests.unit.report.html.samples import GATE, catalogued

if TYPE_CHECKING:
    from registrar.report.html.catalogue import Limit
    from registrar.report.html.charts import Chart

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def draw(values: dict[int, float | None], *limits: Limit, **aliases: int) -> Chart | None:
    metrics = {number: {"loss": (Measurement(value),)} for number, value in values.items()}
    (metric,) = collect_metrics(catalogued(0, {}, metrics=metrics, limits=limits))
    return draw_chart(metric, sorted(values), aliases, [""])


def test_a_line_for_each_dataset_has_a_point_for_each_version() -> None:
    metric = collect_metrics(catalogued(4))[0]
    chart = draw_chart(metric, [1, 2, 3, 4], {"champion": 3}, ["holdout", "test"])

    assert chart is not None
    assert [line.dataset for line in chart.lines] == ["holdout", "test"]
    for line in chart.lines:
        assert [point.version for point in line.points] == [1, 2, 3, 4]
        assert [point.x for point in line.points] == sorted(point.x for point in line.points)
        # A greater value stands higher, so its y is smaller.
        assert [point.y for point in line.points] == sorted(
            (p.y for p in line.points), reverse=True
        )
    assert [mark.text for mark in chart.marks] == ["champion"]
    assert chart.marks[0].x == chart.lines[0].points[2].x
    assert "version 4 has 0.94" in chart.description


def test_the_dataset_of_a_gate_comes_first_and_its_limit_is_drawn() -> None:
    metric = collect_metrics(catalogued(4, limits=(GATE,)))[0]
    chart = draw_chart(metric, [1, 2, 3, 4], {}, ["holdout", "test"])

    assert chart is not None
    assert [line.dataset for line in chart.lines] == ["test", "holdout"]
    assert [line.colour for line in chart.lines] == [2, 1]  # a dataset has its colour everywhere
    (rule,) = chart.rules
    assert rule.text == "min 0.92 on test for champion"
    assert rule.y == chart.lines[0].points[1].y


def test_contents_of_one_name_are_different_lines() -> None:
    metrics = {
        1: {"f1": (Measurement(0.5, "test", "aaa"),)},
        2: {"f1": (Measurement(0.6, "test", "bbb"),)},
    }
    (metric,) = collect_metrics(catalogued(0, metrics=metrics))
    assert [series.dataset for series in metric.series] == ["test aaa", "test bbb"]


@pytest.mark.parametrize("value", [None, math.inf])
def test_a_value_without_a_place_is_a_gap_and_is_named(value: float | None) -> None:
    chart = draw({1: 0.1, 2: value, 3: 0.2, 4: 0.3})
    assert chart is not None
    (line,) = chart.lines
    assert [point.version for point in line.points] == [1, 3, 4]
    assert line.path.count("M") == 2
    assert chart.unknown == "No finite value: version 2."


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw({1: None, 2: math.inf}) is None


@given(st.lists(NUMBERS, min_size=1, max_size=12))
def test_every_point_and_tick_is_inside(values: list[float]) -> None:
    chart = draw(dict(enumerate(values, start=1)))
    assert chart is not None
    for point in chart.lines[0].points:
        assert chart.left <= point.x <= chart.right
        assert chart.top <= point.y <= chart.bottom
    assert all(chart.top <= tick.place <= chart.bottom for tick in chart.y_ticks)
    assert len(chart.y_ticks) <= 12


@given(st.dictionaries(st.text(max_size=40), st.integers(1, 5), max_size=12))
def test_labels_of_aliases_stay_in_their_rows(aliases: dict[str, int]) -> None:
    chart = draw({number: float(number) for number in range(1, 6)}, _=1)
    metric = collect_metrics(catalogued(5))[0]
    chart = draw_chart(metric, [1, 2, 3, 4, 5], aliases, ["holdout", "test"])
    assert chart is not None
    assert all(mark.y <= chart.top for mark in chart.marks)


def test_ticks_are_round() -> None:
    assert Scale.cover([0.91, 0.97]).ticks() == (0.92, 0.94, 0.96)
    assert Scale.cover([3.0]).ticks() == (2.9, 3.0, 3.1)

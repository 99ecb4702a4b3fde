"""Which values count of all that MLflow keeps of a metric, and what nobody can know."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.changes.measurements import (
    MetricPlaces,
    Zero,
    combine,
    find_zeros,
    is_same_dataset,
    measure_logged,
    measure_run,
)
from registrar.state import ObservedVersion, Source
from registrar.upstream import Upstream
from registrar.uris import VersionUri
from registrar.version_evidence import LoggedMetric, Measurement, explain_unknown

MAX = sys.float_info.max
MODEL = "m-" + "1" * 32
PLACE = f"mlflow-artifacts:/0/models/{MODEL}/artifacts"


def logged(value: float, step: int = 0, at: int = 0, **fields: str) -> LoggedMetric:
    return LoggedMetric("a", value, step, at, fields.pop("run", "r"), **fields)


def test_of_each_dataset_the_last_step_counts_and_in_it_the_last_time() -> None:
    values = [
        logged(1, 1, 9, dataset="test", dataset_digest="d1"),
        logged(2, 2, 5, dataset="test", dataset_digest="d1"),
        logged(3, 2, 6, dataset="test", dataset_digest="d1"),
        logged(4, 0, 1, dataset="test", dataset_digest="d2"),
        logged(5, -1, 7),
    ]
    expected = {
        "a": (
            Measurement(5, None, None, -1, "logged_model"),
            Measurement(3, "test", "d1", 2, "logged_model"),
            Measurement(4, "test", "d2", 0, "logged_model"),
        )
    }
    for order in permutations(values):
        assert measure_logged(order, {}) == expected


def test_two_values_of_one_rank_are_none_unless_they_are_equal() -> None:
    (one,) = measure_logged([logged(1), logged(2, run="s")], {})["a"]
    assert (one.value, one.unknown) == (None, "two-values")
    (one,) = measure_logged([logged(1), logged(1, run="s")], {})["a"]
    assert (one.value, one.unknown) == (1, None)


@pytest.mark.parametrize(
    ("history", "value", "unknown"),
    [
        ([logged(0.0)], 0.0, None),
        ([logged(-0.0)], 0.0, None),
        ([logged(0.0), logged(0.5)], 0.0, None),
        ([logged(math.nan)], None, "not-a-number"),
        ([logged(math.nan), logged(0.5)], None, "not-a-number"),
        ([logged(0.0), logged(math.nan)], None, "zero-or-nan"),
        ([logged(0.0, at=1)], None, "zero-or-nan"),
        ([logged(0.5)], None, "zero-or-nan"),
        ([], None, "zero-or-nan"),
    ],
)
def test_zero_counts_only_where_the_run_has_it(
    history: list[LoggedMetric], value: float | None, unknown: str | None
) -> None:
    zero = logged(0.0)
    assert find_zeros([zero, logged(7, step=-1)], None) == {Zero("r", "a", 0)}
    assert find_zeros([zero, logged(7, step=1)], None) == set()
    assert find_zeros([zero], {"b"}) == set()
    (one,) = measure_logged([zero], {Zero("r", "a", 0): history})["a"]
    assert (one.value, one.unknown) == (value, unknown)


def test_the_greatest_number_stands_for_infinity() -> None:
    for limit in (1.7976931348623157e308, 1.797e308, math.inf):
        assert measure_logged([logged(limit)], {})["a"][0].value == math.inf
        assert measure_run({"a": -limit})["a"][0].value == -math.inf
    assert measure_run({"a": math.nan})["a"] == (Measurement(None, unknown="not-a-number"),)


def test_what_was_logged_counts_before_what_is_told() -> None:
    told = (
        '{"a": [{"value": 1, "dataset": "test"}, {"value": 2, "dataset": "other"}],'
        ' "b": [{"value": 3}], "c": [{"value": 4, "dataset": "test"}], "d": [{"value": 5}]}'
    )
    test = Measurement(0.5, "test", "d1", 0, "logged_model")
    run = Measurement(0.75)
    combined = combine({"a": (test,)}, {"b": (run,), "c": (run,)}, told, None)
    assert combined == {
        "a": (Measurement(2.0, "other", origin="declared"), test),
        "b": (run,),
        "c": (run, Measurement(4.0, "test", origin="declared")),
        "d": (Measurement(5.0, origin="declared"),),
    }
    assert combine({"a": (test,)}, {}, told, {"d"}) == {"d": combined["d"]}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("test", "d1"), ("holdout", "d1"), True),
        (("test", "d1"), ("test", "d2"), False),
        (("test", None), ("test", "d1"), True),
        (("test", None), ("other", "d1"), False),
        ((None, None), (None, None), True),
        ((None, None), (None, "d1"), False),
        ((None, None), ("test", None), False),
    ],
)
def test_datasets_are_the_same_by_digest_else_by_name(
    one: tuple[str | None, str | None], other: tuple[str | None, str | None], same: bool
) -> None:
    first, second = Measurement(1, *one), Measurement(2, *other)
    assert is_same_dataset(first, second) == is_same_dataset(second, first) == same


def test_a_logged_model_is_known_by_its_uri_or_by_the_place_of_its_files() -> None:
    by_uri = MetricPlaces.of_version(ObservedVersion(1, source=f"models:/{MODEL}", metrics="{}"))
    assert by_uri == MetricPlaces(MODEL, None, "{}")
    assert by_uri.names_model_at("s3://anywhere")
    by_place = MetricPlaces.of_version(ObservedVersion(1, source=PLACE, run_id="r"))
    assert (by_place.model_id, by_place.run_id) == (MODEL, "r")
    assert by_place.names_model_at(f"{PLACE}/")
    # A folder of the same name elsewhere borrows no numbers.
    assert not by_place.names_model_at(PLACE.replace("mlflow-artifacts:/", "s3://bucket/"))
    assert MetricPlaces.of_source(Source("x", "d", model_id=MODEL)).model_id == MODEL
    assert MetricPlaces.of_source(Source("x", "d", directory="/m")) == MetricPlaces(files="")
    upstream = Upstream("dev", "http://dev", "models:/m/1", None, source=f"models:/{MODEL}")
    assert MetricPlaces.of_upstream(upstream).model_id == MODEL


def test_the_version_that_another_is_made_of_has_the_same_content() -> None:
    """Another model of that name may have been registered since."""
    copy = MetricPlaces.of_version(ObservedVersion(1, "A", "models:/m/3", metrics='{"a": 1}'))
    assert (copy.original, copy.digest) == (VersionUri.of("m", 3), "A")
    same = ObservedVersion(3, "A", f"models:/{MODEL}", "r", metrics='{"b": [{"value": 2}]}')
    places = copy.with_original(same)
    assert places == MetricPlaces(MODEL, "r", '{"b":[{"value":2}]}')
    for other in (None, ObservedVersion(3, "B", f"models:/{MODEL}")):
        assert copy.with_original(other) == MetricPlaces(recorded='{"a": 1}', digest="A")


def test_a_measurement_is_what_its_document_says() -> None:
    """And a reason has words."""
    for one in (
        Measurement(0.5, "test", "d1", 2, "carried"),
        Measurement(-math.inf),
        Measurement(None, unknown="zero-or-nan"),
    ):
        assert Measurement.from_dict(one.to_dict()) == one
    assert explain_unknown("not-a-number") == "it is not a number (NaN)"


# What a training logs: the model, the dataset, the value, the step, the time, the run.
LOGS = st.lists(
    st.tuples(
        st.sampled_from(["ours", "another"]),
        st.sampled_from([None, "test", "small"]),
        st.sampled_from([0.0, 0.5, math.nan, math.inf, -math.inf]),
        st.integers(0, 1),
        st.integers(0, 1),
        st.sampled_from(["r", "s"]),
    ),
    max_size=8,
)


@given(logs=LOGS, order=st.randoms(use_true_random=False))
def test_no_number_is_told_that_was_not_the_last_one(logs: list[Any], order: Any) -> None:
    """Whatever MLflow makes of it: for each dataset the last value, or that nobody knows it."""
    kept: list[LoggedMetric] = []
    history: dict[Zero, list[LoggedMetric]] = {}
    last: dict[str | None, dict[tuple[int, int], list[float]]] = {}
    for model, dataset, value, step, time, run in logs:
        history.setdefault(Zero(run, "a", step), []).append(logged(value, step, time, run=run))
        if model == "ours":
            shown = 0.0 if math.isnan(value) else max(min(value, MAX), -MAX)
            kept.append(replace(logged(shown, step, time, run=run), dataset=dataset))
            last.setdefault(dataset, {}).setdefault((step, time), []).append(value)
    measured = measure_logged(kept, history)
    order.shuffle(kept)
    assert measure_logged(kept, history) == measured
    assert {item.dataset for item in measured.get("a", ())} == last.keys()
    for item in measured.get("a", ()):
        truth = last[item.dataset][max(last[item.dataset])]
        if item.value is not None:
            assert {*truth} == {item.value}
        elif len(logs) == 1:  # alone, only NaN is unknown
            assert math.isnan(truth[0])

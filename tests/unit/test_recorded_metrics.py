"""The metrics in a version's own tag, as text."""

from __future__ import annotations

import math

import pytest

from registrar.recorded_metrics import (
    format_carried,
    format_declared,
    merge_recorded,
    parse_declared,
    parse_recorded,
)
from registrar.version_evidence import Measurement


def test_what_another_server_has_measured_becomes_a_tag() -> None:
    """And a number that was declared there stays a declared one."""
    measurements = {
        "accuracy": (
            Measurement(0.5, "test", "d1", 3, "logged_model"),
            Measurement(0.25, "small", origin="declared"),
            Measurement(None, "odd", unknown="not-a-number"),
        ),
        "steps": (Measurement(math.inf),),
    }
    text = format_carried(measurements)
    assert text == (
        '{"accuracy":[{"dataset":"test","dataset_digest":"d1","from":"carried","value":0.5},'
        '{"dataset":"small","value":0.25}]}'
    )
    read = parse_recorded(text)
    assert read == {
        "accuracy": (
            Measurement(0.5, "test", "d1", origin="carried"),
            Measurement(0.25, "small", origin="declared"),
        )
    }
    assert format_carried(read) == text


@pytest.mark.parametrize(
    "measurements",
    [
        {},
        {"loss": (Measurement(None, unknown="not-a-number"),)},
        {"\ud800": (Measurement(1.0),)},
    ],
    ids=["none", "no number", "no Unicode"],
)
def test_no_number_makes_no_tag(
    measurements: dict[str, tuple[Measurement, ...]],
) -> None:
    assert format_carried(measurements) is None


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "{", "[]", "7", "{}", '{"a": NaN}', '{"a": []}', '{"a": [1]}', '{"a": [{}]}'),
        *('{"a": [{"value": true}]}', '{"a": [{"value": "1"}]}', '{"a": [{"value": 1e999}]}'),
        *('{"a": 1, "b": "2"}', '{"a": [{"value": -1e999}]}', "[" * 100_000),
        '{"a": [{"value": 1' + "0" * 400 + "}]}",
    ],
    ids=lambda text: str(text)[:30],
)
def test_a_spoilt_tag_holds_nothing(text: str | None) -> None:
    assert parse_recorded(text) == {}


def test_what_a_tag_holds_of_numbers_is_read() -> None:
    text = '{ "a": [{"value": 1, "dataset": "test", "from": 7}], "b": 2, "c": [{"value": 4, "dataset": 3}]}'
    assert parse_recorded(text) == {
        "a": (Measurement(1.0, "test", origin="declared"),),
        "c": (Measurement(4.0, origin="declared"),),
    }


def test_two_values_for_one_dataset_are_none() -> None:
    text = '{"a": [{"value": 1}, {"value": 2}, {"value": 1}], "b": [{"value": 3}, {"value": 3}]}'
    assert parse_recorded(text) == {
        "a": (Measurement(None, origin="declared", unknown="two-values"),),
        "b": (Measurement(3.0, origin="declared"),),
    }


def test_declared_metrics_are_read_back_as_they_are_written() -> None:
    declared = {"accuracy": 0.8, "loss": {"value": 1e-7, "dataset": "test"}, "rows": 20}
    text = format_declared(declared)
    assert text == (
        '{"accuracy":[{"value":0.8}],"loss":[{"dataset":"test","value":1e-07}],"rows":[{"value":20}]}'
    )
    assert parse_declared(text) == declared
    assert parse_declared('{"a": [{"value": 1, "from": "carried"}], "b": 7}') == {}
    assert parse_recorded(text)["rows"] == (Measurement(20.0, origin="declared"),)


def test_what_was_measured_counts_before_what_is_declared() -> None:
    """For one dataset; both stand in the tag, whichever was written first."""
    carried = '{"a":[{"from":"carried","value":1}],"b":[{"from":"carried","value":2}]}'
    declared = format_declared({"a": 3, "b": {"value": 4, "dataset": "test"}})
    for now, text in ((None, carried), (carried, None)):
        recorded = merge_recorded(now, declared, text, replaces=True)
        assert parse_recorded(recorded) == {
            "a": (Measurement(1.0, origin="carried"),),
            "b": (
                Measurement(2.0, origin="carried"),
                Measurement(4.0, "test", origin="declared"),
            ),
        }


def test_no_metrics_make_no_tag_and_empty_an_old_one() -> None:
    for declared in (None, "{}"):
        assert merge_recorded(None, declared, None, replaces=True) is None
    assert merge_recorded(format_declared({"a": 1}), "{}", None, replaces=True) == "{}"
    assert merge_recorded("{}", "{}", None, replaces=True) == "{}"

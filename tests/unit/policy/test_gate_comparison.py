"""Which demands of a gate are laxer than elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.policy.gate_comparison import find_laxer_demands


def metrics(**bounds: Any) -> dict[str, Any]:
    return {"metrics": {"accuracy": bounds}}


@pytest.mark.parametrize(
    ("gate", "other", "laxer"),
    [
        (metrics(min=0.95), metrics(min=0.95), []),
        (metrics(min=0.951), metrics(min=0.95), []),
        (metrics(min=0.949), metrics(min=0.95), [("metrics.accuracy.min", "0.949", "0.95")]),
        (metrics(max=11), metrics(max=10), [("metrics.accuracy.max", "11", "10")]),
        (metrics(max=9), metrics(max=10), []),
        (
            metrics(min_change="-6%"),
            metrics(min_change="-5%"),
            [("metrics.accuracy.min_change", "-6%", "-5%")],
        ),
        (metrics(max_change="4%"), metrics(max_change="5%"), []),
        (
            metrics(min_change=0),
            metrics(min_change="-5%"),
            [("metrics.accuracy.min_change", "0", "-5%")],
        ),
        (metrics(), metrics(min=1), [("metrics.accuracy.min", None, "1")]),
        ({}, metrics(), [("metrics.accuracy", None, "a demand")]),
        (metrics(min=1), {}, []),
        ({"dataset": "b"}, {"dataset": "a"}, [("dataset", "b", "a")]),
        ({"dataset": "a"}, {}, []),
        ({"signature": "present"}, {"signature": "same"}, [("signature", "present", "same")]),
        ({"signature": "same"}, {"signature": "compatible"}, []),
        ({}, {"signature": "present"}, [("signature", None, "present")]),
        ({"metadata": ["a"]}, {"metadata": ["b", "c", "a"]}, [("metadata", None, "b, c")]),
    ],
)
def test_a_demand_that_is_laxer(
    gate: Any, other: Any, laxer: list[tuple[str, str | None, str]]
) -> None:
    found = find_laxer_demands({"champion": gate}, {"champion": other})
    assert [(demand.field, demand.here, demand.there) for demand in found] == [
        (f"champion.{field}", here, there) for field, here, there in laxer
    ]


def test_a_gate_that_is_gone() -> None:
    (demand,) = find_laxer_demands({"new": {}}, {"champion": {}})
    assert (demand.field, demand.here, demand.there) == ("champion", None, "a gate")

"""Gates: the cases of `tests/cases/gates`, and laws that hold for any numbers."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.content.yaml_loader import load_yaml
from registrar.policy.gates import Gate
from registrar.verdicts import Verdict
from registrar.version_evidence import Measurement, MoveEvidence, Signature, VersionEvidence
from tests.support.registrar_process import ROOT

CASES: dict[str, Any] = load_yaml((ROOT / "tests/cases/gates/metrics.yaml").read_text())
ANY_NUMBER = st.floats() | st.sampled_from([0.0, -0.0, 0.8, 0.85, 1e308, 5e-324])
BOUNDS = ANY_NUMBER.filter(math.isfinite)
PERCENT = st.decimals(-1000, 1000, places=3).map(lambda number: f"{number}%")


def measured(value: Any) -> Measurement:
    return Measurement(**value) if isinstance(value, dict) else Measurement(value)


def judge(gate: dict[str, Any], after: list[Any], before: list[Any] | None, **more: Any) -> Verdict:
    candidate = VersionEvidence(2, None, metrics={"accuracy": tuple(map(measured, after))})
    replaced = None
    if before is not None:
        replaced = VersionEvidence(1, None, metrics={"accuracy": tuple(map(measured, before))})
    move = MoveEvidence("champion", 0, candidate, replaced)
    (verdict,) = Gate.parse({"metrics": {"accuracy": gate}, **more}).judge(move)
    return verdict


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_metric_is_judged_so_in_any_order(case: dict[str, Any]) -> None:
    dataset = {"dataset": case["dataset"]} if "dataset" in case else {}
    befores = itertools.permutations(case["before"]) if "before" in case else (None,)
    for after, before in itertools.product(itertools.permutations(case["after"]), befores):
        verdict = judge(case["gate"], after, before, **dataset)
        assert (verdict.state, [*verdict.reasons]) == (case["verdict"], case.get("reasons", []))
        assert (verdict.change, [*verdict.remarks]) == (case.get("change"), case.get("remarks", []))
        assert verdict.demands == case["gate"] | dataset


def test_the_verdict_says_what_it_rests_on_and_no_more() -> None:
    before, after = {"value": 0.9, "dataset": "test"}, {"value": 0.95, "dataset": "test"}
    bound = judge({"min": 0.5}, [after], [before])
    change = judge({"min_change": 0}, [after], [before])
    assert (bound.before, bound.after) == (None, measured(after))
    assert (change.before, change.after, change.replaces) == (measured(before), measured(after), 1)


@given(
    before=ANY_NUMBER,
    after=ANY_NUMBER,
    demands=st.fixed_dictionaries(
        {},
        optional={
            "min": BOUNDS,
            "max": BOUNDS,
            "min_change": BOUNDS | PERCENT,
            "max_change": BOUNDS | PERCENT,
        },
    ),
)
def test_a_gate_holds_exactly_where_the_definition_with_fractions_does(
    before: float, after: float, demands: dict[str, Any]
) -> None:
    verdict = judge(demands, [after], [before])
    assert (verdict.state == "holds") == holds(before, after, demands)


def holds(before: float, after: float, demands: dict[str, Any]) -> bool:
    """Return whether the definition holds, in exact fractions of the numbers as they are written."""
    compares = {"min_change", "max_change"} & demands.keys()
    if not math.isfinite(after) or (compares and not math.isfinite(before)):
        return False
    new = Fraction(repr(after))
    results = []
    for key, bound in demands.items():
        side = new - Fraction(repr(before)) if key in compares else new
        if isinstance(bound, str):
            size = abs(Fraction(repr(before)))
            results.append(size != 0)
            limit = Fraction(bound.removesuffix("%")) * size / 100
        else:
            limit = Fraction(repr(bound))
        results.append(side >= limit if key.startswith("min") else side <= limit)
    return all(results)


def test_tags_have_to_be_there() -> None:
    move = MoveEvidence("champion", 0, VersionEvidence(2, None, tags={"lr": "0.1"}), None)
    (holding,) = Gate.parse({"metadata": ["lr"]}).judge(move)
    (failing,) = Gate.parse({"metadata": ["lr", "epochs", "data"]}).judge(move)
    assert (holding.state, holding.reasons) == ("holds", ())
    assert (failing.state, failing.name) == ("fails", "metadata")
    assert failing.reasons == ("there is no tag data", "there is no tag epochs")


def signature(**inputs: str) -> Signature:
    return Signature(tuple({"name": name, "type": type_} for name, type_ in inputs.items()))


OLD = signature(age="long")
NEVER, READABLE = ("fails",) * 3, ("holds",) * 3


@pytest.mark.parametrize(
    ("old", "new", "states"),
    [
        # what `present`, `compatible` and `same` say
        (OLD, None, NEVER),
        (None, OLD, ("holds", "fails", "fails")),
        (OLD, OLD, READABLE),
        (signature(age="integer"), OLD, ("holds", "holds", "fails")),
        (OLD, signature(age="string"), ("holds", "fails", "fails")),
        (OLD, Signature(({"name": "age", "type": "no type"},)), ("holds", "fails", "fails")),
        ("first use", OLD, READABLE),
        ("first use", None, NEVER),
    ],
)
def test_a_signature_is_present_compatible_or_the_same(
    old: Any, new: Signature | None, states: tuple[str, ...]
) -> None:
    replaced = None if old == "first use" else VersionEvidence(1, None, signature=old)
    move = MoveEvidence("champion", 0, VersionEvidence(2, None, signature=new), replaced)
    verdicts = [
        Gate.parse({"signature": demand}).judge(move)[0]
        for demand in ("present", "compatible", "same")
    ]
    assert tuple(verdict.state for verdict in verdicts) == states
    assert all(bool(v.reasons) == (v.state == "fails") for v in verdicts)


def test_a_verdict_on_a_signature_names_what_breaks() -> None:
    new = VersionEvidence(2, None, signature=signature(age="string"))
    move = MoveEvidence("champion", 0, new, VersionEvidence(1, None, signature=OLD))
    (verdict,) = Gate.parse({"signature": "compatible"}).judge(move)
    assert (verdict.change, verdict.reasons) == ("breaking", ("inputs.age long -> string",))


def test_one_gate_of_two_fails_and_only_its_own_alias_is_allowed() -> None:
    gate = Gate.parse({"metrics": {"b": {"min": 2}, "a": {"min": 1}}})
    metrics = {name: (Measurement(1.5),) for name in ("a", "b")}
    move = MoveEvidence("champion", 0, VersionEvidence(2, None, metrics=metrics), None)
    states = {
        allowed: [(verdict.name, verdict.state) for verdict in gate.judge(move, allowed=(allowed,))]
        for allowed in ("other", "champion")
    }
    assert states == {
        "other": [("a", "holds"), ("b", "fails")],
        "champion": [("a", "holds"), ("b", "allowed")],
    }


def test_a_verdict_is_read_back_as_it_was_written() -> None:
    for value in (0.5, math.inf, -math.inf, None):
        verdict = judge({"min": 0.9}, [{"value": value, "dataset": "test", "step": 3}], None)
        assert Verdict.from_dict(verdict.to_dict()) == verdict

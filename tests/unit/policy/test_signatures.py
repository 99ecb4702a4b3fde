"""Signatures of two versions: each case of `tests/cases/signatures.yaml`, and laws over all of them."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.content.yaml_loader import load_yaml
from registrar.policy.signatures import compare_signatures
from tests.support.registrar_process import ROOT
from tests.support.signatures import make_signature

FILE = ROOT / "tests" / "cases" / "signatures.yaml"
CASES: dict[str, dict[str, Any]] = load_yaml(FILE.read_text(encoding="utf-8"))
SIGNATURES = {
    str(notation): make_signature(notation)
    for case in CASES.values()
    for notation in (case["old"], case["new"])
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_new_signature_is_compared_with_the_one_that_it_replaces(case: dict[str, Any]) -> None:
    old, new = make_signature(case["old"]), make_signature(case["new"])
    comparison = compare_signatures(old, new)
    texts = {
        breaks: sorted(change.text for change in comparison.changes if change.breaks == breaks)
        for breaks in (True, False)
    }
    assert comparison.verdict == case["verdict"]
    assert texts == {True: sorted(case.get("breaks", [])), False: sorted(case.get("others", []))}


def test_each_signature_can_take_its_own_place() -> None:
    assert len(SIGNATURES) > 50
    for signature in SIGNATURES.values():
        if signature is not None:
            assert compare_signatures(signature, signature).verdict == "same"

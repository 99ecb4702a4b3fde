"""What people read of an alias that moves: what its new version changes in the signature."""

from __future__ import annotations

from dataclasses import replace

from registrar.changes.changes import SetAlias
from registrar.policy.signatures import compare_signatures
from registrar.report import render
from registrar.report.signature_text import describe_signature
from registrar.signature_comparison import SignatureChange, SignatureComparison
from tests.support.signatures import make_signature
from tests.unit.report.samples import declared, plan_of, report


def test_the_changes_that_break_come_first_and_a_long_list_is_cut() -> None:
    old = make_signature({"inputs": {f"c{i}": "long" for i in range(10)}})
    new = make_signature({"inputs": {f"c{i}": "string" if i > 6 else "long" for i in range(3, 20)}})
    move = SetAlias(0, "champion", 1, None, signature=compare_signatures(old, new))
    assert describe_signature(move) == (
        "breaking: inputs.c7 long -> string; inputs.c8 long -> string; inputs.c9 long -> string; "
        "inputs.c10 added: required string; inputs.c11 added: required string; 8 more; also 3 more"
    )


def test_the_version_without_a_signature_is_named() -> None:
    known = make_signature({"inputs": {"a": "long"}})
    for old, new, text in (
        (None, known, "version 1 without signature"),
        (known, None, "the new version without signature"),
        (None, None, "version 1 and the new version without signature"),
    ):
        move = SetAlias(0, "champion", 1, None, signature=compare_signatures(old, new))
        assert describe_signature(move) == f"unknown: {text}"


def test_a_plan_shows_it_below_the_alias_in_every_form() -> None:
    changes = tuple(
        SignatureChange(("inputs", name), "type", "long", "<!-- @all", breaks=True)
        for name in ("age", "x\ny")
    )
    move = SetAlias(0, "best", 1, 2, signature=SignatureComparison("breaking", changes))
    planned = report("plan", replace(plan_of(declared(), None), changes=(move,)))
    line = "breaking: inputs.age long -> <!-- @all; inputs.x\\ny long -> <!-- @all"
    text = render(planned, "text")
    assert f"  ~ alias best        1 -> 2\n      signature  {line}\n" in text
    assert "| signature | `breaking: inputs.age long" in render(planned, "markdown")

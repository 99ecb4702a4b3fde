"""A plan file is data from a stranger: what it says has to be that of its checksum."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.allowances import Allowances
from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.changes.plan_document import plan_from_document, plan_to_document
from registrar.errors import RefusedError
from registrar.state import DesiredModel, ObservedModel, Server
from registrar.verdicts import Verdict
from registrar.version import __version__
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER = Server("http://r", "http://r")
VERDICT = Verdict(
    *("champion", 0, "metric", "accuracy", "holds"),
    demands={"min": 0.5},
    after=Measurement(0.9, "test"),
    remarks=("x",),
)
MODEL = replace(
    diff("m", DesiredModel("m", description="new"), ObservedModel("m", description="old")),
    verdicts=(VERDICT,),
)
PLAN = Plan(SERVER, (MODEL,), Allowances(("champion",), takeover=True))


def document() -> dict[str, Any]:
    return plan_to_document(PLAN)


def test_a_document_gives_back_the_changes_and_the_allowances() -> None:
    plan = plan_from_document(document())
    assert [(model.name, model.changes) for model in plan.models] == [("m", MODEL.changes)]
    assert [model.verdicts for model in plan.models] == [(VERDICT,)]
    assert (plan.checksum, plan.allowances) == (PLAN.checksum, PLAN.allowances)


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (lambda d: d.update(registrar="7.0.0"), "other-release"),
        (lambda d: d["models"].append(d["models"][0]), "invalid-plan-file"),
        (lambda d: d["models"][0]["changes"][0].update(after="theirs"), "checksum-differs"),
        (lambda d: d["models"][0]["verdicts"][0]["after"].update(value=0.91), "checksum-differs"),
        (lambda d: d["models"][0]["verdicts"][0].update(state="allowed"), "checksum-differs"),
        (lambda d: d["models"][0]["verdicts"].clear(), "checksum-differs"),
        (lambda d: d["allowances"].update(allow_takeover=False), "checksum-differs"),
        (lambda d: d["server"].update(registry_uri="http://evil"), "checksum-differs"),
    ],
    ids=[
        *("another release", "a model twice", "another value", "another number"),
        *("another state", "no verdict", "an allowance", "another server"),
    ],
)
def test_a_forged_document_is_refused(forge: Callable[[dict[str, Any]], Any], code: str) -> None:
    forged = document()
    forge(forged)
    with pytest.raises(RefusedError) as caught:
        plan_from_document(forged)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_patch_reads_the_files_of_its_release() -> None:
    major, minor, *_ = __version__.split(".")
    patched = {**document(), "registrar": f"{major}.{minor}.99"}
    assert plan_from_document(patched).checksum == PLAN.checksum


@pytest.mark.parametrize(
    ("allowances", "text"),
    [
        (Allowances(), ""),
        (Allowances(("a", "b")), "allow_protected=a,b"),
        (Allowances(gates=("a", "b")), "allow_gates=a,b"),
        (Allowances(takeover=True), "allow_takeover=true"),
        (Allowances(mass=True), "allow_mass=true"),
        (
            Allowances(("a",), takeover=True),
            "allow_protected=a allow_takeover=true",
        ),
    ],
    ids=str,
)
def test_allowances_are_shown_as_they_are_typed(allowances: Allowances, text: str) -> None:
    assert str(allowances) == text
    assert bool(allowances) == bool(text)
    assert Allowances.parse(allowances.to_dict()) == allowances

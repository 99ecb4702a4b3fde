"""A plan file is data from a stranger: what it says has to be that of its checksum."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.allowances import Allowances
from registrar.changes.changes import CreateVersion, SetAlias
from registrar.changes.diff import diff
from registrar.changes.plan import ModelPlan, Plan
from registrar.changes.plan_document import plan_from_document, plan_to_document, read_notes
from registrar.changes.version_difference import VersionDifference
from registrar.errors import RefusedError
from registrar.note import Note
from registrar.signature_comparison import SignatureChange, SignatureComparison
from registrar.state import DesiredModel, DesiredVersion, File, ObservedModel, Server, Source
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


def test_a_document_gives_back_what_a_reader_is_told() -> None:
    source = Source("models/m", "B", files=(File("MLmodel", "/m/MLmodel", 10),), verified=False)
    difference = VersionDifference(1, ("MLmodel",), 1, is_saved_again=True)
    change = SignatureChange(("inputs", 0, "[]"), "type", "long", "string", breaks=True)
    comparison = SignatureComparison("breaking", (change,), ("after",))
    create = CreateVersion(0, source, "", {}, difference=difference)
    move = SetAlias(0, "champion", 1, None, comparison)
    note = Note("not-verified", "models/m")
    plan = Plan(
        Server("http://r", "http://r", "3.17.2"),
        (
            ModelPlan(
                "m",
                DesiredModel("m", versions=(DesiredVersion(source),), protected=("champion",)),
                ObservedModel("m", protected=("other",)),
                (None,),
                (create, move),
                (note,),
            ),
            ModelPlan("noted", DesiredModel("noted"), None, (), notes=(note,)),
            ModelPlan("n", DesiredModel("n"), None, ()),
        ),
    )

    document = json.loads(json.dumps(plan_to_document(plan, [Note("old-server", "x", {"a": 1})])))
    found = plan_from_document(document)

    model, noted = found.models
    created, moved = model.changes
    assert isinstance(created, CreateVersion)
    assert (created.difference, created.amount, created.size) == (difference, (1, 10), 10)
    assert not created.source.verified
    assert isinstance(moved, SetAlias)
    assert moved.signature == comparison
    assert [version.digest for version in model.desired.versions] == ["B"]
    assert (model.matches, model.action_of(0)) == ((None,), "create")
    assert model.desired.protected == ("champion", "other")
    assert (model.notes, noted.name, noted.notes) == ((note,), "noted", (note,))
    assert (found.server.version, found.summary) == ("3.17.2", plan.summary)
    assert read_notes(document["notes"]) == (Note("old-server", "x", {"a": 1}),)


def test_a_note_in_a_document_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2hunter2")
    note = Note("source-gone", "x", {"reason": "login with hunter2hunter2", "count": 1})

    assert "hunter2" not in json.dumps(plan_to_document(PLAN, [note]))


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

"""Notes: each kind has a text, and equal notes on many models are one line."""

from __future__ import annotations

from dataclasses import replace
from string import Formatter
from typing import Any, get_args

import pytest

from registrar.changes.plan import ModelPlan, Plan
from registrar.report import Outcome, Report, note_lines, note_text, render
from registrar.report.notes import TEXTS, can_tell
from registrar.report.results import Dump, Dumped
from registrar.state import DesiredModel, Note, NoteKind, ObservedModel, Server

SERVER = Server("http://host", "http://host")


def plan(name: str, *notes: Note) -> ModelPlan:
    return ModelPlan(name, DesiredModel(name), None, (), notes=notes)


def lines(*models: ModelPlan) -> list[str]:
    return list(note_lines(Report("plan", plan=Plan(SERVER, models))))


def test_each_kind_of_note_has_a_text() -> None:
    assert set(TEXTS) == set(get_args(NoteKind))


@pytest.mark.parametrize("kind", get_args(NoteKind))
def test_a_text_holds_each_of_its_values(kind: NoteKind) -> None:
    names = [name for _, name, _, _ in Formatter().parse(TEXTS[kind]) if name]
    text = note_text(Note(kind, "SUBJECT", {name: f"<{name}>" for name in names}))
    assert text.startswith("SUBJECT ")
    assert all(f"<{name}>" in text for name in names)


def test_a_note_from_a_file_has_a_text_and_its_words() -> None:
    kind: Any = "no-such-kind"

    assert can_tell(Note("old-server", "x", {"version": "2", "advised": "3", "more": 1}))
    assert not can_tell(Note("old-server", "x", {"version": "2"}))
    assert not can_tell(Note(kind))


def test_a_note_without_a_subject_is_the_text_alone() -> None:
    assert note_text(Note("not-verified")) == "was not checked (verify: false)"


def test_notes_on_few_models_are_a_line_each() -> None:
    models = [plan(name, Note("not-verified", f"s3://b/{name}")) for name in "abc"]
    assert lines(*models) == [
        "a: s3://b/a was not checked (verify: false)",
        "b: s3://b/b was not checked (verify: false)",
        "c: s3://b/c was not checked (verify: false)",
    ]


def test_equal_notes_on_many_models_are_one_line() -> None:
    models = [plan(name, Note("not-verified", f"s3://b/{name}")) for name in "abcde"]
    assert lines(*models) == ["a, b, c and 2 more: was not checked (verify: false)"]


def test_notes_with_other_values_are_not_equal() -> None:
    models = [plan(str(n), Note("pin-creates", "m", {"pin": n})) for n in range(5)]
    assert len(lines(*models)) == 5


def test_the_notes_on_a_server_come_first_and_those_of_outcomes_last() -> None:
    whole = plan("a", Note("not-verified", "m"))
    stays = Note("leftover-upload", "version 2", {"reason": "denied"})
    outcome = Outcome(whole, notes=(stays,))
    server = Note("unknown-server-version", "http://host")
    report = Report("apply", plan=Plan(SERVER, (whole,)), outcomes=(outcome,), notes=(server,))
    assert list(note_lines(report)) == [
        "http://host does not tell its MLflow version",
        "a: m was not checked (verify: false)",
        "a: version 2 left an upload that no version needs and that could not be deleted: denied",
    ]
    (model,) = report.to_dict()["models"]
    assert len(model["notes"]) == 2
    assert report.to_dict()["notes"] == ["http://host does not tell its MLflow version"]


def test_the_notes_of_a_dump_name_their_model() -> None:
    note = Note("version-left-out", "version 2")
    dumped = Dumped(ObservedModel("mnist"), "configs/model/mnist.yaml", (note,))
    report = Report("dump", payload=Dump(SERVER, "configs/model", (dumped,)))
    text = "version 2 is left out: its source cannot be declared"
    assert list(note_lines(report)) == [f"mnist: {text}"]
    assert report.to_dict()["models"][0]["notes"] == [text]
    assert "notes" not in replace(report).to_dict()


def test_a_page_that_others_read_names_no_file_of_the_machine_that_made_it() -> None:
    written = replace(
        Report("plan", plan=Plan(SERVER, ())), notes=(Note("plan-written", "/tmp/plan.json"),)
    )
    assert [*note_lines(written)] != []
    for output in ("markdown", "github"):
        assert "plan.json" not in render(written, output)

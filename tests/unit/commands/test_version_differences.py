"""A new version says why it is new, as far as the server tells; what the server says is data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from registrar.changes.changes import CreateVersion
from registrar.changes.diff import diff
from registrar.changes.plan import ModelPlan, Plan
from registrar.commands.version_differences import with_version_differences
from registrar.content.digest import Manifest, hash_files
from registrar.content.directory import list_files
from registrar.content.lasting_fields import hash_lasting_fields
from registrar.errors import NotFoundError, RefusedError, ServerError
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.registry.protocol import UploadRecord
from registrar.report import render
from registrar.state import ObservedModel, ObservedVersion, Source
from tests.unit.report.samples import SERVER, declared, report

MLMODEL = "flavors: {python_function: {}}\nmodel_uuid: %s\nutc_time_created: '%s'\nruns: %s\n"


def write(folder: Any, **files: str) -> Source:
    """Return the source of a directory with these files."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    listed = list_files(folder)
    manifest = hash_files(listed)
    return Source("models/m", manifest.digest, directory=str(folder), files=manifest.select(listed))


def record_of(source: Source) -> UploadRecord:
    lines = Manifest({file.relative: file.sha256 for file in source.files})
    return UploadRecord(lines.text, hash_lasting_fields(source.files))


def plan_of(source: Source, *versions: ObservedVersion) -> Plan:
    wanted = declared()
    version = replace(wanted.versions[0], source=source)
    observed = ObservedModel("mnist", versions=versions) if versions else None
    return Plan(SERVER, (diff("mnist", replace(wanted, versions=(version,)), observed),))


def explain(plan: Plan, answer: UploadRecord | Exception | None) -> tuple[ModelPlan, list[str]]:
    """Return the plan of the one model with its reason, and the sources that were asked for."""
    asked: list[str] = []

    def get_upload_record(source: str, run_id: str | None) -> UploadRecord | None:
        del run_id
        asked.append(source)
        if isinstance(answer, Exception):
            raise answer
        return answer

    store = SimpleNamespace(get_upload_record=get_upload_record)
    backend: Any = SimpleNamespace(store=store)
    explained = with_version_differences(plan, Executor(backend, Interrupt()))
    assert explained.checksum == plan.checksum
    return explained.models[0], asked


def line_of(model: ModelPlan) -> str | None:
    """Return what the text says of the difference."""
    lines = render(report("plan", model), "text").split("\n")
    return next((line.strip() for line in lines if "differs from" in line), None)


def test_the_files_that_differ_are_named(tmp_path: Any) -> None:
    old = write(tmp_path / "a", MLmodel=MLMODEL % (1, 1, 1), same="s", changed="1", gone="x")
    new = write(tmp_path / "b", MLmodel=MLMODEL % (2, 2, 2), same="s", changed="2", added="x")
    known = ObservedVersion(3, old.digest, "models:/m-3")
    others = (
        ObservedVersion(2, "sha256:" + "2" * 64, "models:/m-2"),
        ObservedVersion(4, "ref-sha256:" + "2" * 64, "s3://bucket/4"),  # a place, not a content
        ObservedVersion(5, None, "models:/m-5"),  # registered by hand
    )
    model, asked = explain(plan_of(new, *others, known), record_of(old))
    assert asked == ["models:/m-3"]
    assert line_of(model) == "differs from version 3 in MLmodel, added, changed, gone"
    planned = report("plan", model)
    assert "| differs from | `version 3 in MLmodel, added, changed, gone` |" in render(
        planned, "markdown"
    )
    (creation,) = (
        change
        for change in json.loads(render(planned, "json"))["models"][0]["changes"]
        if (change["action"], change["kind"]) == ("create", "version")
    )
    assert creation["after"]["differs_from"] == {
        "version": 3,
        "files": ["MLmodel", "added", "changed", "gone"],
        "count": 4,
        "saved_again": False,
    }


@pytest.mark.parametrize(
    ("again", "line"),
    [
        ((2, 2, 1), "differs from version 3 only in model_uuid and time"),
        ((2, 2, 2), "differs from version 3 in MLmodel"),
    ],
)
def test_a_model_that_was_only_saved_again_says_so(tmp_path: Any, again: Any, line: str) -> None:
    old = write(tmp_path / "a", MLmodel=MLMODEL % (1, 1, 1), weights="s")
    new = write(tmp_path / "b", MLmodel=MLMODEL % again, weights="s")
    plan = plan_of(new, ObservedVersion(3, old.digest, "models:/m-3"))
    assert line_of(explain(plan, record_of(old))[0]) == line
    unknown = replace(record_of(old), mlmodel=None)
    assert line_of(explain(plan, unknown)[0]) == "differs from version 3 in MLmodel"


def test_of_many_files_five_are_named(tmp_path: Any) -> None:
    old = write(tmp_path / "a", MLmodel=MLMODEL % (1, 1, 1))
    new = write(tmp_path / "b", MLmodel=MLMODEL % (1, 1, 1), **{f"f{n}": "" for n in range(8)})
    plan = plan_of(new, ObservedVersion(1, old.digest, "models:/m-1"))
    line = line_of(explain(plan, record_of(old))[0])
    assert line == "differs from version 1 in f0, f1, f2, f3, f4 and 3 more"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        NotFoundError("gone"),
        ServerError("down"),
        RefusedError("another host"),
        UploadRecord(""),
        UploadRecord("garbage\n\x00\n"),
        UploadRecord(f"{'0' * 64}  MLmodel\n"),  # not what the digest is made of
    ],
)
def test_where_the_server_does_not_tell_nothing_is_said(tmp_path: Any, answer: Any) -> None:
    new = write(tmp_path / "b", MLmodel=MLMODEL % (1, 1, 1))
    plan = plan_of(new, ObservedVersion(1, "sha256:" + "1" * 64, "models:/m-1"))
    model, asked = explain(plan, answer)
    assert (line_of(model), len(asked)) == (None, 1)


def test_nobody_is_asked_where_nothing_can_be_compared(tmp_path: Any) -> None:
    new = write(tmp_path / "b", MLmodel=MLMODEL % (1, 1, 1))
    by_hand = ObservedVersion(1, None, "models:/m-1")
    same = ObservedVersion(1, new.digest, "models:/m-1")
    elsewhere = Source("s3://bucket/m", "ref-sha256:" + "1" * 64, "s3://bucket/m")
    for source, versions in [
        (new, ()),
        (new, (by_hand,)),
        (new, (same,)),
        (elsewhere, (ObservedVersion(1, "sha256:" + "1" * 64, "models:/m-1"),)),
    ]:
        assert explain(plan_of(source, *versions), None)[1] == []


@pytest.mark.parametrize("output", ["text", "markdown", "json"])
def test_hostile_names_are_short_and_harmless(tmp_path: Any, output: Any) -> None:
    names = ["\x1b[31mred", "\u202etxt", "| `x` <b>", "../" * 9, "n" * 400_000, "", "a", "b"]
    text = "".join(f"{'0' * 64}  {name}\n" for name in names)
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    new = write(tmp_path / "b", MLmodel=MLMODEL % (1, 1, 1))
    plan = plan_of(new, ObservedVersion(1, digest, "models:/m-1"))
    model, _ = explain(plan, UploadRecord(text, "x" * 1000))
    shown = render(report("plan", model), output)
    assert len(shown) < 6000
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    (difference,) = (c.difference for c in model.changes if isinstance(c, CreateVersion))
    assert difference is not None
    assert (difference.count, len(difference.files)) == (9, 5)

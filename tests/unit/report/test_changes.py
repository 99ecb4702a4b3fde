"""Each kind of change in text, Markdown and JSON."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    Change,
    Context,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetDescription,
    SetTag,
)
from registrar.changes.plan import ModelPlan, Plan
from registrar.report import Report, render
from registrar.report.change_document import change_to_dict
from registrar.state import DesiredModel, File, Server, Source
from tests.support.report_schema import check_document

FILE = File("MLmodel", "/here/models/mnist/MLmodel", 512)
SOURCE = Source("models/mnist", "sha256:3f1c", run_id="r", directory="/here", files=(FILE,))
OWN = {"registrar_digest": "sha256:3f1c", "registrar_managed": "[]"}
CREATION = CreateVersion(0, SOURCE, "Two layers", {"lr": "1", **OWN})


def fields(kind: str, action: str, **others: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("field", "before", "after", "version", "entry"))
    return {"action": action, "kind": kind, **empty, **others}


# A change, its line in text, the last three cells of its row in Markdown, its JSON.
CASES: tuple[tuple[Change, str, str, dict[str, Any]], ...] = (
    (
        CreateModel("mnist", "Digits", {"team": "vision"}),
        "+ registered model  mnist",
        "registered model |  | `mnist`",
        fields(
            "model",
            "create",
            after={"name": "mnist", "description": "Digits", "tags": {"team": "vision"}},
        ),
    ),
    (
        CREATION,
        "+ version (new)     sha256:3f1c...  from models/mnist",
        "version (new) |  | `sha256:3f1c...`",
        fields(
            "version",
            "create",
            entry=0,
            after={
                "digest": "sha256:3f1c",
                "source": "models/mnist",
                "run_id": "r",
                "description": "Two layers",
                "tags": {"lr": "1", **OWN},
                "bytes": 512,
            },
        ),
    ),
    (
        AdoptModel({"registrar_managed": "[]"}),
        "= registered model  adopted: registrar notes what it sets",
        "registered model |  | ",
        fields("model", "adopt", after={"registrar_managed": "[]"}),
    ),
    (
        AdoptVersion(0, 1, {"registrar_digest": "sha256:3f1c"}),
        "= version 1         adopted: it is what the configuration declares",
        "version 1 |  | `sha256:3f1c...`",
        fields("version", "adopt", after={"registrar_digest": "sha256:3f1c"}, version=1, entry=0),
    ),
    (
        SetTag(1, 0, "lr", None, "1"),
        "+ version 1         metadata.lr  1",
        "version 1 | `metadata.lr` | `1`",
        fields("tag", "create", field="metadata.lr", after="1", version=1, entry=0),
    ),
    (
        SetTag(None, None, "team", "nlp", "vision"),
        "~ registered model  tags.team  nlp -> vision",
        "registered model | `tags.team` | `nlp` → `vision`",
        fields("tag", "update", field="registered_model.tags.team", before="nlp", after="vision"),
    ),
    (
        DeleteTag(1, 0, "lr", "1"),
        "- version 1         metadata.lr  (was 1)",
        "version 1 | `metadata.lr` | was `1`",
        fields("tag", "remove", field="metadata.lr", before="1", version=1, entry=0),
    ),
    (
        SetDescription(None, None, "", "Digits"),
        '~ registered model  description  "" -> Digits',
        'registered model | `description` | `""` → `Digits`',
        fields(
            "description",
            "update",
            field="registered_model.description",
            before="",
            after="Digits",
        ),
    ),
    (
        SetDescription(2, 1, "old", ""),
        '~ version 2         description  old -> ""',
        'version 2 | `description` | `old` → `""`',
        fields(
            "description", "update", field="description", before="old", after="", version=2, entry=1
        ),
    ),
    (
        SetAlias(0, "champion", None, None),
        "+ alias champion -> (new)",
        "alias | `champion` | → `(new)`",
        fields("alias", "create", field="champion", entry=0),
    ),
    (
        SetAlias(0, "champion", 1, 2),
        "~ alias champion    1 -> 2",
        "alias | `champion` | `1` → `2`",
        fields("alias", "move", field="champion", before=1, after=2, version=2, entry=0),
    ),
    (
        DeleteAlias("champion", 1),
        "- alias champion    (was 1)",
        "alias | `champion` | was `1`",
        fields("alias", "remove", field="champion", before=1),
    ),
    (
        DeleteVersion(2, "sha256:3f1c", "s3://user:secret@b/m"),
        "- version 2         a duplicate that an interrupted run left",
        "version 2 |  | was `sha256:3f1c...`",
        fields(
            "version",
            "remove",
            before={"digest": "sha256:3f1c", "source": "s3://b/m"},
            version=2,
        ),
    ),
)


def plan(*changes: Change) -> Report:
    server = Server("http://host", "http://host")
    model = ModelPlan("mnist", DesiredModel("mnist"), None, (), changes)
    return Report("plan", plan=Plan(server, (model,)))


NAMES = [f"{case[0].action} {type(case[0]).__name__}" for case in CASES]


@pytest.mark.parametrize(("change", "line", "cells", "document"), CASES, ids=NAMES)
def test_a_change_reads_as_text_markdown_and_json(
    change: Change, line: str, cells: str, document: dict[str, Any]
) -> None:
    report = plan(change)
    assert render(report, "text").splitlines()[1] == f"  {line}"
    rows = [row for row in render(report, "markdown").splitlines() if row.startswith("| ")]
    assert rows[2] == f"| {line[0]} | {cells} |"
    assert change_to_dict(change) == document
    check_document(report.to_dict())


def test_each_kind_of_change_is_tested() -> None:
    assert {type(case[0]) for case in CASES} | {RecordEvent} == set(get_args(Change))


def test_the_event_of_a_move_is_in_the_document_alone() -> None:
    event, move = RecordEvent(0, "champion", 1, 2, "sha256:3f1c"), SetAlias(0, "champion", 1, 2)
    for output in ("text", "markdown"):
        assert "event" not in render(plan(event, move), output)
    after = {"from": 1, "to": 2, "digest": "sha256:3f1c"}
    assert change_to_dict(event) == fields(
        "event", "create", field="champion", after=after, version=2, entry=0
    )
    check_document(plan(event, move).to_dict())


def test_the_provenance_of_a_new_version_is_in_the_document_alone() -> None:
    filled = CREATION.with_context(Context({"git_commit": "c0ffee"}))
    assert "git_commit" not in render(plan(filled), "text")
    assert change_to_dict(filled)["after"]["tags"]["git_commit"] == "c0ffee"
    assert plan(filled).checksum == plan(CREATION).checksum

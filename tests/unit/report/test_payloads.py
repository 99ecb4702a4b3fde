"""What `show`, `dump`, `delete` and `verify` print: exact text, Markdown and JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from registrar.changes.measurements import measure_run
from registrar.content.digest import Difference
from registrar.errors import Problem
from registrar.report import Report, render
from registrar.report.results import Deleted, Deletion, Dump, Dumped, KeptUpload, Listing
from registrar.report.verification import (
    DifferentFiles,
    DifferentReference,
    Finding,
    MissingModel,
    NotComparable,
    SameFiles,
    SameReference,
    UnlistedFiles,
    Unreadable,
    Verification,
    Verified,
)
from registrar.state import ObservedModel, ObservedVersion, RunData, Server
from tests.support.report_schema import check_document

if TYPE_CHECKING:
    from registrar.report.results import Payload
    from registrar.version_evidence import Measurements

URI = "http://host"
SERVER = Server(URI, URI, "3.17.2")
DIGEST = "sha256:3f1c" + "0" * 60
CREATED = 1_735_787_045_678  # 2025-01-02 03:04:05.678
FIRST = ObservedVersion(
    1, DIGEST, "s3://user:secret@b/one", "run-1", "One layer", {"lr": "0.01"}, created=CREATED
)
SECOND = ObservedVersion(2, None, "s3://b/two", "run-2", tags={"lr": "0.003"}, aliases=("best",))
MODEL = ObservedModel(
    "mnist", "Digits", {"team": "vision"}, (FIRST, SECOND), owner="us", created=CREATED
)
RUNS = {"run-1": RunData({"C": "1"}, {}), "run-2": RunData({"C": "1"}, {})}
METRICS: dict[tuple[str, int], Measurements] = {
    ("mnist", 1): measure_run({"accuracy": 0.9, "loss": math.nan}),
    ("mnist", 2): measure_run({"accuracy": 0.95, "loss": -math.inf}),
}
MISSING = Problem("not-found", "there is no model", "Look.")
FINDINGS: dict[Finding, tuple[str, str]] = {
    SameFiles(2): (" ", "2 files as registered"),
    SameFiles(1): (" ", "1 file as registered"),
    SameReference(has_uuid=True): (
        " ",
        "its model_uuid is the one that was registered (a reference: files have no digest)",
    ),
    SameReference(has_uuid=False): (
        " ",
        "a model is at the registered place (a reference: files have no digest)",
    ),
    DifferentFiles(Difference(("a", "b"), ("c",), ("d",))): (
        "!",
        "changed: a, b; missing: c; added: d",
    ),
    UnlistedFiles(): (
        "!",
        "its files are not the registered ones; no manifest says which of them differ",
    ),
    DifferentReference("s3://user:secret@b/m"): (
        "!",
        "the model at s3://b/m is not the one that was registered",
    ),
    MissingModel(MISSING, Difference(missing=("a",))): ("!", "there is no model"),
    NotComparable("no-digest"): ("-", "registered by hand: there is no digest to compare with"),
    NotComparable("not-ready"): (
        "-",
        "not ready: the server is still making it, or could not make it",
    ),
    NotComparable("origin-gone"): (
        "-",
        "the model exists; the version that it was promoted from is gone",
    ),
    Unreadable(Problem("server-error", "503")): ("?", "503"),
}


def text(payload: Payload, command: str = "show") -> list[str]:
    return render(Report(command, payload=payload), "text").splitlines()


def markdown(payload: Payload, command: str = "show") -> list[str]:
    return render(Report(command, payload=payload), "markdown").splitlines()


def document(payload: Payload, command: str = "show") -> Any:
    read = json.loads(render(Report(command, payload=payload), "json"), parse_constant=pytest.fail)
    check_document(read)
    return read


def test_models_are_listed_as_a_table() -> None:
    listing = Listing(SERVER, (MODEL, ObservedModel("empty")), 3, detailed=False)
    assert text(listing) == [
        "NAME   VERSIONS  ALIASES    CREATED           DESCRIPTION",
        "mnist  2         best -> 2  2025-01-02 03:04  Digits",
        "empty  0",
        "",
        "2 of 3 models at http://host.",
    ]
    assert markdown(listing)[:7] == [
        "<!-- registrar -->",
        "### registrar show",
        "",
        "`2 of 3 models at http://host.`",
        "",
        "| NAME | VERSIONS | ALIASES | CREATED | DESCRIPTION |",
        "| --- | --- | --- | --- | --- |",
    ]
    assert text(replace(listing, wide=True))[:2] == [
        "NAME   VERSIONS  ALIASES    CREATED           DESCRIPTION  LATEST  OWNER  TAGS",
        "mnist  2         best -> 2  2025-01-02 03:04  Digits       2       us     team=vision",
    ]


def test_an_empty_list_is_only_a_summary() -> None:
    assert text(Listing(SERVER, (), 0, detailed=False)) == ["0 models at http://host."]


def test_the_versions_of_a_model() -> None:
    listing = Listing(SERVER, (MODEL,), 2, detailed=True, run_data=RUNS, measurements=METRICS)
    title, head, first, second, *rest = text(listing)
    assert title == "mnist  Digits  team=vision  owner us"
    assert head == "VERSION  ALIASES  METRICS                   CREATED           DESCRIPTION"
    assert first == ("1                 accuracy=0.9, loss=nan    2025-01-02 03:04  One layer")
    assert second == "2        best     accuracy=0.95, loss=-inf"
    wide = [line[62:] for line in text(replace(listing, wide=True))[1:4]]
    assert wide == [
        f"DESCRIPTION  METADATA  PARAMS  {'DIGEST':71}  SOURCE      RUN",
        f"One layer    lr=0.01   C=1     {DIGEST}  s3://b/one  run-1",
        f"             lr=0.003  C=1     {'':71}  s3://b/two  run-2",
    ]
    assert rest == ["", "2 versions at http://host."]
    assert "#### `mnist  Digits  team=vision  owner us`" in markdown(listing)


def test_a_model_without_versions_has_a_title_only() -> None:
    listing = Listing(SERVER, (ObservedModel("empty"),), 0, detailed=True)
    assert text(listing) == ["empty", "", "0 versions at http://host."]


def test_compare_shows_versions_side_by_side() -> None:
    listing = Listing(
        SERVER, (MODEL,), 2, detailed=True, compare=True, run_data=RUNS, measurements=METRICS
    )
    assert text(listing)[1:] == [
        "                     version 1  version 2",
        "   aliases                      best",
        "   params.C          1          1",
        "*  metrics.accuracy  0.9        0.95",
        "*  metrics.loss      nan        -inf",
        "*  metadata.lr       0.01       0.003",
        "",
        "2 versions at http://host.",
    ]


def test_the_document_of_a_list() -> None:
    (model,) = document(
        Listing(SERVER, (MODEL,), 1, detailed=True, run_data=RUNS, measurements=METRICS)
    )["models"]
    assert (model["aliases"], model["owner"]) == ({"best": 2}, "us")
    assert model["created"] == "2025-01-02T03:04:05.678Z"
    first, second = model["versions"]
    assert first["source"] == "s3://b/one"
    assert first["params"] == {"C": "1"}
    assert first["metrics"]["accuracy"][0]["value"] == 0.9
    losses = [item for version in (first, second) for item in version["metrics"]["loss"]]
    assert [item["unknown"] for item in losses] == ["not-a-number", None]
    assert losses[1]["value"] == "-Infinity"


def test_wide_characters_keep_the_columns_straight() -> None:
    models = (ObservedModel("数字", "Ziffern"), ObservedModel("e\u0301", "accent"))
    lines = text(Listing(SERVER, models, 2, detailed=False))
    assert lines[1:3] == ["数字  0         Ziffern", "e\u0301     0         accent"]


def test_a_dump_names_each_file() -> None:
    dump = Dump(SERVER, "configs/model", (Dumped(MODEL, "configs/model/mnist.yaml"),))
    assert text(dump, "dump") == [
        "  configs/model/mnist.yaml  2 versions",
        "Dumped 1 model of http://host to configs/model.",
    ]
    assert markdown(dump, "dump") == [
        "<!-- registrar -->",
        "### registrar dump",
        "",
        "`Dumped 1 model of http://host to configs/model.`",
        "",
        "- `configs/model/mnist.yaml  2 versions`",
    ]
    assert document(dump, "dump")["dir"] == "configs/model"


@pytest.mark.parametrize(
    ("version", "line"),
    [
        (None, "Deleted mnist from http://host."),
        (2, "Deleted mnist version 2 from http://host."),
    ],
)
def test_a_deletion_says_what_was_deleted(version: int | None, line: str) -> None:
    deletion = Deletion(SERVER, (Deleted("mnist", version, 1, deleted=True),))
    assert text(deletion, "delete") == [line]
    assert document(deletion, "delete")["models"] == [
        {"name": "mnist", "version": version, "versions": 1, "deleted": True, "events": 0}
    ]


def test_a_deletion_counts_deleted_uploads_and_names_kept_ones() -> None:
    kept = KeptUpload("models:/m-2", ("other version 3",))
    deletion = Deletion(
        SERVER,
        (Deleted("mnist", None, 2, deleted=True),),
        uploads=("models:/m-1",),
        kept=(kept,),
    )
    assert text(deletion, "delete") == [
        "  models:/m-2 stays: it is used by other version 3",
        "Deleted mnist from http://host, and 1 upload. 'mlflow gc' on the server frees the space.",
    ]
    assert document(deletion, "delete")["uploads"] == {
        "deleted": ["models:/m-1"],
        "kept": [{"source": "models:/m-2", "users": ["other version 3"]}],
    }


def test_models_that_no_file_declares() -> None:
    models = (Deleted("a", None, 2, deleted=False), Deleted("b", None, 0, deleted=False))
    assert text(Deletion(SERVER, models, owner="team/x"), "delete") == [
        "  a  2 versions",
        "  b  0 versions",
        "No file declares 2 models of team/x at http://host. Delete them with yes=true.",
    ]
    gone = Deletion(SERVER, (replace(models[0], deleted=True), models[1]), owner="team/x")
    assert text(gone, "delete")[:2] == ["  a  2 versions  deleted", "  b  0 versions"]
    assert text(Deletion(SERVER, owner="team/x"), "delete") == [
        "Nothing to do: a file declares each model of team/x at http://host."
    ]


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: type(finding).__name__)
def test_each_finding_is_told_in_words(finding: Finding) -> None:
    mark, words = FINDINGS[finding]
    verification = Verification(SERVER, (Verified("mnist", 1, DIGEST, finding),))
    line, summary = text(verification, "verify")
    assert line == f"{mark} mnist version 1  sha256:3f1c00000000...  {words}"
    assert summary.startswith("Verified 1 version at http://host: ")
    (verified,) = document(verification, "verify")["versions"]
    assert verified["detail"] == words


def test_every_finding_is_tested() -> None:
    assert {type(finding) for finding in FINDINGS} == set(get_args(Finding))


def test_a_verification_counts_its_findings() -> None:
    versions = tuple(Verified("mnist", 1, None, finding) for finding in FINDINGS)
    verification = Verification(SERVER, versions)
    assert text(verification, "verify")[-1] == (
        "Verified 12 versions at http://host: 4 different, 3 not checked, 1 not readable."
    )
    files = [version["files"] for version in document(verification, "verify")["versions"]]
    assert files[4] == {"changed": ["a", "b"], "missing": ["c"], "added": ["d"]}
    assert files[7] == {"changed": [], "missing": ["a"], "added": []}


def test_the_lines_of_several_models_stand_in_columns() -> None:
    found = SameFiles(1)
    versions = (Verified("mnist", 12, DIGEST, found), Verified("数", 1, None, found))
    assert text(Verification(SERVER, versions), "verify")[:2] == [
        "  mnist version 12  sha256:3f1c00000000...  1 file as registered",
        "  数 version 1      no digest               1 file as registered",
    ]
    empty = ObservedModel("iris")
    dump = Dump(SERVER, "out", (Dumped(MODEL, "out/mnist.yaml"), Dumped(empty, "out/iris.yaml")))
    assert text(dump, "dump")[:2] == [
        "  out/mnist.yaml  2 versions",
        "  out/iris.yaml   0 versions",
    ]
    deleted = (Deleted("longer", None, 12, deleted=False), Deleted("b", None, 1, deleted=True))
    assert text(Deletion(SERVER, deleted, owner="team"), "delete")[:2] == [
        "  longer  12 versions",
        "  b       1 version    deleted",
    ]

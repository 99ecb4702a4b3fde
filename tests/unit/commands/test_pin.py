"""`pin` writes the digests of models on this machine into their files, and nothing else."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from registrar.cli import run
from registrar.execution.interrupt import Interrupt
from registrar.report import render
from tests.support.config_trees import tree
from tests.support.report_schema import check_document

if TYPE_CHECKING:
    from pathlib import Path

    from registrar.report import Report

DIGEST = "sha256:8b170a7ec26b552e7d7c9651d7384c97e6a3b0c1adc985b8e75b11e48a7f4495"
OLD = f"sha256:{'91be' * 16}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one small model, as the current directory."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "models/px/MLmodel", "flavors: {python_function: {loader_module: x}}\n")
    return tmp_path


def write(folder: Path, path: str, text: str) -> Path:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(text.encode())
    return folder / path


def pin(*words: str) -> tuple[Report, str]:
    """The report of `pin`, and what it prints."""
    report, destination = run(["pin", *words], Interrupt())
    assert report is not None
    return report, render(report, destination.output)


def test_the_files_of_all_models_say_their_content_and_keep_every_other_byte(folder: Path) -> None:
    plain = write(folder, "configs/model/plain.yaml", "# px\nname: plain\nuri: models/px # here\n")
    crlf = write(
        folder,
        "configs/model/crlf.yaml",
        f"name: crlf\r\nversions:\r\n  - {{uri: models/px, digest: '{OLD}'}}\r\n  - version: 3\r\n",
    )
    beside = write(folder, "models/px/registrar.yaml", "name: beside\nuri: .")
    built = write(
        folder,
        "configs/model/built.yaml",
        "# @package _global_\ndefaults: [parent@model, _self_]\n"
        "model:\n  name: ${model.registered_model.description}\n  uri: models/px\n",
    )
    write(
        folder,
        "configs/model/parent.yaml",
        "name: parent\nregistered_model: {description: parts}\n",
    )
    gone = write(
        folder, "configs/model/gone.yaml", f"name: gone\nuri: models/gone\ndigest: {OLD}\n"
    )
    plain.chmod(0o640)
    before = tree(folder)

    report, text = pin("models=all")

    assert (report.error, report.exit_code) == (None, 0)
    assert plain.read_bytes() == (
        f"# px\nname: plain\nuri: models/px # here\ndigest: {DIGEST}\n".encode()
    )
    assert (
        crlf.read_bytes()
        == (
            "name: crlf\r\nversions:\r\n"
            f"  - {{uri: models/px, digest: '{DIGEST}'}}\r\n  - version: 3\r\n"
        ).encode()
    )
    assert beside.read_bytes() == f"name: beside\nuri: .\ndigest: {DIGEST}".encode()
    assert built.read_text().endswith(f"  uri: models/px\n  digest: {DIGEST}\n")
    assert stat.S_IMODE(plain.stat().st_mode) == 0o640
    changed = {path for path, content in tree(folder).items() if before[path] != content}
    assert len(changed) == 4
    assert text == (
        f"configs/model/built.yaml\n  + digest: {DIGEST}\n"
        f"configs/model/crlf.yaml\n  ~ versions[0].digest: {OLD} -> {DIGEST}\n"
        f"configs/model/plain.yaml\n  + digest: {DIGEST}\n"
        f"models/px/registrar.yaml\n  + digest: {DIGEST}\n"
        "Pinned 4 models."
    )
    assert [(note.kind, note.subject) for note in report.notes] == [("files-absent", "models/gone")]
    assert gone.read_bytes() == before[gone.relative_to(folder).as_posix()]

    again, text = pin("models=all")

    assert (again.exit_code, text) == (0, "Nothing to do: 6 models are pinned.")


def test_the_document_and_the_markdown_tell_each_change(folder: Path) -> None:
    write(folder, "configs/model/px.yaml", f"name: px\nuri: models/px\ndigest: {OLD}\n")
    _, document = pin("model=px", "output=json")
    check_document(json.loads(document))
    assert json.loads(document)["models"] == [
        {
            "config": "px",
            "file": "configs/model/px.yaml",
            "fields": [{"field": "digest", "before": OLD, "after": DIGEST}],
        }
    ]
    _, markdown = pin("model=px", "output=markdown")
    assert markdown.splitlines()[1:] == [
        "### registrar pin",
        "",
        "`Nothing to do: px is pinned.`",
    ]


def test_no_file_is_written_where_one_model_cannot_be_pinned(folder: Path) -> None:
    write(folder, "configs/model/good.yaml", "name: good\nuri: models/px\n")
    write(folder, "configs/model/run.yaml", f"name: run\nuri: runs:/{'0' * 32}/model\n")
    before = tree(folder)
    report, _ = pin("models=all")
    assert report.error is not None
    assert [problem.code for problem in report.error.problems] == ["pins-place"]
    assert report.exit_code == 2
    assert tree(folder) == before


def test_a_link_where_the_new_file_is_made_is_not_followed(folder: Path) -> None:
    outside = write(folder, "outside.txt", "mine")
    file = write(folder, "configs/model/px.yaml", "name: px\nuri: models/px\n")
    file.with_name(".px.yaml.part").symlink_to(outside)
    assert pin("model=px")[0].exit_code == 0
    assert file.read_text() == f"name: px\nuri: models/px\ndigest: {DIGEST}\n"
    assert (outside.read_text(), file.is_symlink()) == ("mine", False)


@pytest.mark.parametrize("field", ["model.digest", "model.uri", "model.versions"])
def test_an_override_cannot_be_pinned(folder: Path, field: str) -> None:
    write(folder, "configs/model/px.yaml", "name: px\nuri: models/px\n")
    report, _ = pin("model=px", f"{field}=x")
    assert report.error is not None
    assert [problem.code for problem in report.error.problems] == ["unused-field"]


def test_a_folder_of_configurations_that_is_a_link_is_not_followed(folder: Path) -> None:
    write(folder, "real/model/px.yaml", "name: px\nuri: models/px\n")
    (folder / "configs").symlink_to("real")
    report, _ = pin("model=px")
    assert report.error is not None
    assert [problem.code for problem in report.error.problems] == ["linked-file"]

"""The first minutes in a repository of one's own: `init`, `schema`, and the first message."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.support.config_trees import tree
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

MODEL = ROOT / "models" / "mnist"


@pytest.fixture
def run(fork_server: ForkServer, tmp_path: Path) -> Callable[..., Result]:
    """A command in an empty folder."""
    return lambda *argv: fork_server.run(list(argv), tmp_path)


def test_an_empty_folder_leads_to_init_and_init_to_a_registered_model(
    run: Callable[..., Result], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert "Make one with registrar init" in run("plan").err
    empty = run("init")
    assert (empty.code, empty.out) == (2, "")
    assert empty.err.startswith("there is no MLmodel file below this folder. Save a model")
    shutil.copytree(MODEL, tmp_path / "models" / "digits")

    written = run("init")

    assert written.code == 0
    assert written.out == (
        "Wrote configs/model/digits.yaml for models/digits.\n"
        "Look at 1 file, then run: registrar plan model=digits\n"
    )
    text = (tmp_path / "configs/model/digits.yaml").read_text()
    modeline, *comments = [line for line in text.splitlines() if line.startswith("# ")]
    schema = tmp_path / "configs/model" / modeline.partition("$schema=")[2]
    assert json.loads(schema.read_text())["$id"].startswith("urn:mlflow-registrar:")
    assert comments[:3] == [
        "# Flavors: python_function, sklearn",
        "# Inputs: float64 (-1, 64)",
        "# Outputs: int64 (-1,)",
    ]
    assert "\nname: digits\nuri: models/digits\n" in text
    assert run("apply", "model=digits").out.endswith("Applied to sqlite:///mlflow.db: 2 created.\n")
    assert run("dump", "dir=dumped").code == 0
    for file in ("configs/model/digits.yaml", "dumped/digits.yaml"):
        text = (tmp_path / file).read_text()
        schema = (tmp_path / file).parent / text.splitlines()[0].partition("$schema=")[2]
        Draft202012Validator(json.loads(schema.read_text())).validate(yaml.safe_load(text))

    outside = tmp_path_factory.mktemp("outside")
    shutil.rmtree(tmp_path / "configs/model")
    (tmp_path / "configs/model").symlink_to(outside)
    assert "configs/model/digits.yaml: leads out of the repository" in run("dump").err
    assert tree(outside) == {}


def test_init_adds_a_pipeline_also_where_all_models_are_declared(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    shutil.copytree(MODEL, tmp_path / "models" / "digits")

    first = run("init", "ci=github")
    again = run("init", "ci=gitlab")

    assert (first.code, again.code) == (0, 0)
    assert first.out.splitlines()[0] == "Wrote configs/model/digits.yaml for models/digits."
    assert first.out.splitlines()[1].startswith("Wrote .github/workflows/models.yml: it plans")
    assert again.out.splitlines()[0].startswith("models/digits is declared by")
    assert (tmp_path / ".gitlab-ci.yml").exists()
    before = tree(tmp_path)
    kept = run("init", "ci=github")
    assert ".github/workflows/models.yml exists already and was not changed." in kept.out
    assert tree(tmp_path) == before


def test_init_never_overwrites_and_looks_only_where_models_of_ones_own_lie(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    for place in ("a/model", "b/model", "b/other", "mlruns/1/m", ".hidden/m", "models/beside"):
        shutil.copytree(MODEL, tmp_path / place)
    (tmp_path / "models/beside/registrar.yaml").write_text("name: beside\nuri: .\n")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "configs/model").mkdir(parents=True)
    (tmp_path / "configs/model/A.yaml").write_text("name: other\nuri: ./b/model/\n")

    first = run("init", "a", "b", "models")

    assert first.out.splitlines()[1:4] == [
        "Wrote configs/model/other-2.yaml for b/other.",
        "b/model is declared by configs/model/A.yaml.",
        "models/beside is declared by models/beside/registrar.yaml.",
    ]
    written = {path.name for path in (tmp_path / "configs/model").iterdir()}
    (made,) = written - {"A.yaml", "other-2.yaml"}
    assert made.lower() != "a.yaml"
    before = tree(tmp_path)
    again = run("init")
    assert again.code == 0
    assert run("validate", "models=all").code == 0
    assert "a/model is declared by" in again.out
    assert "Wrote" not in again.out
    assert tree(tmp_path) == before


def test_init_declares_a_model_that_lies_elsewhere(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("init", "uri=models:/iris/3")
    assert result.out.startswith("Wrote configs/model/iris.yaml for models:/iris/3.\n")
    assert run("validate", "model=iris").code == 0
    other = run("init", "uri=runs:/0123456789abcdef0123456789abcdef/model", "name=other")
    assert other.out.startswith("Wrote configs/model/other.yaml for runs:/")

    copy = run("init", "uri=models:/iris/3", "name=copy")
    assert copy.out.startswith("Wrote configs/model/copy.yaml for models:/iris/3.\n")
    assert run("validate", "models=all").code == 0

    before = tree(tmp_path)
    again = run("init", "uri=models:/iris/3")
    assert (again.code, again.out) == (
        0,
        "models:/iris/3 is declared by configs/model/iris.yaml.\n",
    )
    for words, message in (
        (["uri=models:/iris/4"], "iris is declared by configs/model/iris.yaml. Change that file"),
        (["uri=runs:/0123456789abcdef0123456789abcdef/m"], "which name is the model to have?"),
        (["uri=models:/iris/3", "name=a/b"], "name: 'a/b' is not a model name"),
        (["uri=models:/"], "uri: "),
        (["absent"], "no folder 'absent'"),
        (["nmae=x"], "unknown key 'nmae'"),
    ):
        refused = run("init", *words)
        assert (refused.code, refused.out) == (2, ""), words
        assert message in refused.err
    assert tree(tmp_path) == before


def test_hostile_text_in_an_mlmodel_stays_in_its_comment(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    columns = json.dumps([{"name": "a\u2028uri: evil\n", "type": "long"}, {"type": "x" * 500}])
    mlmodel = {"flavors": {"f\nname: evil": {}}, "signature": {"inputs": columns, "outputs": "["}}
    (folder / "MLmodel").write_text(json.dumps(mlmodel))

    assert run("init").code == 0

    text = (tmp_path / "configs/model/m.yaml").read_text()
    assert [line for line in text.split("\n") if line and line[0] != "#"] == ["name: m", "uri: m"]
    assert "\u2028" not in text
    assert all(len(line) < 120 for line in text.splitlines())


def test_init_neither_reads_nor_writes_through_a_link_and_waits_for_no_pipe(
    run: Callable[..., Result], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "MLmodel").write_text("flavors: {canary: {}}\n")
    for name in ("linked", "pipe"):
        (tmp_path / name).mkdir()
    (tmp_path / "linked/MLmodel").symlink_to(outside / "MLmodel")
    os.mkfifo(tmp_path / "pipe/MLmodel")
    (tmp_path / "configs").symlink_to(outside)
    before = tree(outside)

    refused = run("init")

    assert (refused.code, refused.out) == (2, "")
    assert "configs/model/linked.yaml: leads out of the repository" in refused.err
    (tmp_path / ".github").symlink_to(outside)
    assert ".github/workflows/models.yml: leads out of" in run("init", "ci=github").err
    assert tree(outside) == before
    (tmp_path / "configs").unlink()
    (tmp_path / "configs/model").mkdir(parents=True)
    os.mkfifo(tmp_path / "configs/model/pipe.yaml")
    assert run("init").code == 0
    assert "canary" not in (tmp_path / "configs/model/linked.yaml").read_text()


@pytest.mark.parametrize("name", ["model", "server", "plan", "report"])
def test_a_schema_is_printed_with_its_version(name: str, run: Callable[..., Result]) -> None:
    schema = json.loads(run("schema", name).out)

    assert schema["$id"].endswith(f":{name}")
    assert schema["type"] == "object"


def test_help_on_a_first_step_does_nothing_else(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m/MLmodel").write_text("flavors: {a: {}}\n")
    before = tree(tmp_path)

    for words in (["init", "--help"], ["help", "init"]):
        assert run(*words).out.startswith("registrar init [DIR ...]")
    assert tree(tmp_path) == before


def test_an_unknown_schema_gets_a_suggestion(run: Callable[..., Result]) -> None:
    result = run("schema", "modle")

    assert (result.code, result.out, result.err) == (
        2,
        "",
        "no schema 'modle'. Did you mean 'model'?\n",
    )

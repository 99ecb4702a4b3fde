"""A model that is not whole: files that its MLmodel names, pointers of Git LFS and DVC, and junk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from registrar.content.check import check_source
from registrar.content.directory import list_files
from registrar.content.named_files import list_named_files
from registrar.content.whole_model import ABSENT_FILES
from registrar.content.yaml_loader import load_yaml
from registrar.errors import Problem
from tests.unit.content.test_directory import write

FLAVORS = load_yaml(Path(__file__).with_name("flavors.yaml").read_text())
MLMODEL = "flavors: {xgboost: {data: model.ubj, code: code}, mine: {data: nothing}}\n"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 4194304\n"
DVC = "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  size: 4194304\n  path: {}\n"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A whole model."""
    for name in ("model.ubj", "code/own.py"):
        write(tmp_path, f"out/{name}")
    return write(tmp_path, "out/MLmodel", MLMODEL.encode()).parent


@pytest.mark.parametrize("case", FLAVORS.values(), ids=FLAVORS)
def test_paths_are_those_that_a_flavor_of_mlflow_writes(case: dict[str, Any]) -> None:
    assert sorted(list_named_files(case["mlmodel"])) == case["named"]


def test_a_whole_model_has_no_problem(model: Path) -> None:
    assert check_source(str(model), verify=True) is None
    (model / "code" / "own.py").unlink()  # code_paths=[] makes no folder, and names it
    assert check_source(str(model), verify=True) is None


@pytest.mark.parametrize(
    ("files", "code", "expected"),
    [
        (
            {"MLmodel": "flavors: {python_function: {model_path: a/b, env: c}, sklearn: {}}"},
            "missing-model-file",
            (
                "{model} has no a/b, c, named in its MLmodel. Save the model again, or fetch its files"
                " ('git lfs pull', 'dvc pull')."
            ),
        ),
        (
            {
                "MLmodel": "flavors: {sklearn: {pickled_model: ../secret}, spark: {model_data: /etc}}"
            },
            "missing-model-file",
            (
                "{model} has no ../secret, /etc, named in its MLmodel. Save the model again, or fetch"
                " its files ('git lfs pull', 'dvc pull')."
            ),
        ),
        (
            {"MLmodel": "flavors: {sklearn: {code: lib}}"},
            "missing-model-file",
            (
                "{model} has no lib, named in its MLmodel. Copy the code there; make an empty folder"
                " where the model needs none."
            ),
        ),
        (
            {"MLmodel": "flavors: {xgboost: {data: ._x}}", "._x": ""},
            "missing-model-file",
            (
                "{model} has no ._x, named in its MLmodel. Rename it: registrar takes a file of that"
                " name for one that a tool has left."
            ),
        ),
        (
            {"model.ubj": POINTER},
            "lfs-pointer",
            "{model}: Git LFS has not fetched model.ubj. Fetch the files with 'git lfs pull'.",
        ),
        (
            {"MLmodel": POINTER, **{f"data/{name}": POINTER for name in "abcde"}},
            "lfs-pointer",
            (
                "{model}: Git LFS has not fetched MLmodel, data/a, data/b and 3 more."
                " Fetch the files with 'git lfs pull'."
            ),
        ),
        (
            {"weights.dvc": DVC.format("weights"), "data/a.dvc": DVC.format("a")},
            "dvc-pointer",
            "{model}: DVC has not fetched data/a, weights. Fetch the files with 'dvc pull'.",
        ),
    ],
)
def test_a_model_that_is_not_whole(
    model: Path, files: dict[str, str], code: str, expected: str
) -> None:
    for name, text in files.items():
        write(model, name, text.encode())
    found = check_source(str(model), verify=True)
    assert found is not None
    assert (found.code, str(found)) == (code, expected.format(model=model))
    assert found.code in ABSENT_FILES
    assert check_source(str(model), verify=False) == found


def test_a_file_beside_its_pointer_and_what_only_looks_like_a_pointer_are_files(
    model: Path,
) -> None:
    write(model, "model.ubj.dvc", DVC.format("model.ubj").encode())
    write(model, "code.dvc", DVC.format("code").encode())
    write(model, "notes.dvc", b"- a list\n")
    write(model, "other.dvc", DVC.format("another").encode())
    write(model, ".dvc", DVC.format("").encode())
    write(model, "long", (POINTER + "x" * 1024).encode())
    assert check_source(str(model), verify=True) is None


@pytest.mark.parametrize("folder", ["absent", "absent/deep", "bare"])
def test_a_folder_that_dvc_keeps(tmp_path: Path, folder: str) -> None:
    (tmp_path / "bare").mkdir()
    for name in ("absent", "bare"):
        write(tmp_path, f"{name}.dvc", DVC.format(name).encode())
    path = tmp_path / folder
    expected = "DVC has not fetched {}. Fetch the files with 'dvc pull'."
    assert str(check_source(str(path), verify=True)) == expected.format(path)


def test_what_tools_leave_behind_is_no_content(model: Path) -> None:
    before = list_files(model)
    for name in (
        *("registrar.yaml", ".DS_Store", "code/.DS_Store", "._model.ubj", "code/Thumbs.db"),
        *("code/__pycache__/own.pyc", ".ipynb_checkpoints/deep/x", "__pycache__/.git/config"),
    ):
        write(model, name, POINTER.encode())
    (model / "code" / ".ipynb_checkpoints").symlink_to("/usr")
    assert list_files(model) == before
    kept = ["code/registrar.yaml", "code/__pycache__.py", "._folder/x", "Thumbs.db/x"]
    for name in kept:
        write(model, name)
    assert {file.relative for file in list_files(model)} == {*kept, *(f.relative for f in before)}


def test_names_of_a_hostile_mlmodel_are_printed_on_one_line(model: Path) -> None:
    text = yaml.safe_dump({"flavors": {"xgboost": {"data": "a\n\x1b[31m"}}})
    write(model, "MLmodel", text.encode())
    found = check_source(str(model), verify=True)
    assert isinstance(found, Problem)
    assert found.message == f"{model} has no a\\n\\u001b[31m, named in its MLmodel"

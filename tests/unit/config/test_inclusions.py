"""The files that a model in a subfolder builds on: Hydra counts from the group `model`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.files import ConfigFiles
from registrar.config.inclusions import find_inclusion, list_included
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "configs"
    for name, text in {
        "model/_base": "defaults: [nested/_a]\n",
        "model/nested/_a": "defaults: [_b]\n",
        "model/nested/_b": "{}\n",
        "model/prod/_base": "{}\n",
        "model/prod/a": "defaults: [_base, _self_]\n",
        "model/prod/b": "defaults: [prod/_base@_here_, _self_]\n",
        "model/prod/c": "defaults: [{nested: _a}]\n",
        "model/prod/out": "defaults: [../../secret@_here_]\n",
        "model/prod/up": "defaults: [../env/x@_here_]\n",
    }.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize(
    ("model", "included"),
    [
        # A text is a file, and its own list counts from its folder.
        ("prod/a", ["model/_base", "model/_self_", "model/nested/_a", "model/nested/_b"]),
        ("prod/b", ["model/prod/_base", "model/_self_"]),
        # A mapping chooses of a group, and the list of what it chooses counts from that group.
        ("prod/c", ["model/nested/_a", "model/nested/_b"]),
    ],
)
def test_paths_are_those_that_hydra_reads(folder: Path, model: str, included: list[str]) -> None:
    files = ConfigFiles((folder,))
    paths = list_included(f"model/{model}", files)
    assert paths == [folder / f"{name}.yaml" for name in (f"model/{model}", *included)]


def test_a_list_in_a_subfolder_leads_nowhere_else(folder: Path) -> None:
    files = ConfigFiles((folder,))
    (problem,) = files.read(folder / "model" / "prod" / "out.yaml").problems
    assert (problem.code, problem.place.line) == ("path-outside", 1)
    assert files.read(folder / "model" / "prod" / "up.yaml").problems == []


@pytest.mark.parametrize(
    ("config", "file"),
    [("model/nested/_b", "nested/_a"), ("model/env/x", None), ("model/gone", None)],
)
def test_what_names_a_missing_file_is_found(folder: Path, config: str, file: str | None) -> None:
    files = ConfigFiles((folder,))
    list_included("model/prod/a", files)  # it reads them
    found = find_inclusion(config, files)
    assert (found and found[0].path) == (file and folder / "model" / f"{file}.yaml")
    assert found is None or (found[1].line, found[1].column) == (0, 11)


def test_a_file_beside_is_named_from_the_group(folder: Path) -> None:
    (folder / "model" / "_base.yaml").unlink()
    with pytest.raises(ConfigError) as caught:
        compose_jobs(parse_arguments(["validate", "model=prod/a"]))
    assert str(caught.value) == (
        "configs/model/prod/a.yaml:1:12: no model '_base'. A defaults list counts from the folder "
        "model: write prod/_base@_here_."
    )

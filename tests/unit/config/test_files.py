"""The files of a group: which names it offers, and that each file of many models is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.config import files
from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.files import PACKAGED, ConfigFiles
from registrar.content.yaml_limits import read_limited
from registrar.errors import Place

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "name: {name}\nuri: s3://models/{name}\nverify: false\n"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models of an empty repository, which is the current one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs" / "model"
    folder.mkdir(parents=True)
    return folder


def test_the_names_of_a_group_are_those_that_a_glob_finds(models: Path) -> None:
    elsewhere = models.parent.parent / "elsewhere"
    for path in (
        *(models / "a.yaml", models / "b.yaml.yaml", models / ".hidden.yaml", models / ".yaml"),
        *(models / "team" / "deep" / "c.yaml", models / ".team" / "d.yaml", models / "e.YAML"),
        *(models / "folder.yaml" / "f.yaml", elsewhere / "g.yaml"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MODEL.format(name="m"))
    (models / "linked.yaml").symlink_to(elsewhere / "g.yaml")
    (models / "linked-folder").symlink_to(elsewhere)
    (models / "up").symlink_to(models)
    (models / "nowhere.yaml").symlink_to(elsewhere / "gone.yaml")
    (models / "itself.yaml").symlink_to(models / "itself.yaml")
    found = {
        path.relative_to(models).with_suffix("").as_posix()
        for path in models.rglob("*.yaml")
        if path.is_file()
    }
    assert {"team/deep/c", "folder.yaml/f", "linked", ".yaml"} < found
    config = ConfigFiles((models.parent,))
    assert config.list_options("model") == sorted(found)
    packaged = {path.stem for path in (PACKAGED / "server").glob("*.yaml")}
    assert set(config.list_options("server")) == packaged


def test_a_file_of_many_models_is_read_once(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("one", "two", "three")
    for name in names:
        (models / f"{name}.yaml").write_text(MODEL.format(name=name))
    (models / "shared.yaml").write_text("name: ???\nverify: false\n")
    (models / "large.yaml").write_text(MODEL.format(name="large") + "#" * files.KEPT_BYTES)
    read = []

    def read_and_record(path: Path) -> bytes:
        read.append(path.stem)
        return read_limited(path)

    monkeypatch.setattr(files, "read_limited", read_and_record)
    jobs = compose_jobs(parse_arguments(["models=all"])).jobs
    assert {job.name for job in jobs} == {"large", *names}
    assert {name: read.count(name) for name in read} == {
        **dict.fromkeys((*names, "shared"), 1),
        "large": 2,
    }


def test_a_line_ends_where_an_editor_ends_it(models: Path) -> None:
    text = '\ufeffname: m\nuri: models/m\ndescription: "a\u2028b\x85c"\nmetadata: {lr: 1}\n'
    (models / "m.yaml").write_text(text, encoding="utf-8")
    (job,) = compose_jobs(parse_arguments(["model=m"])).jobs
    assert job.find_place(("model", "metadata", "lr")) == Place("configs/model/m.yaml", 4, 12)

"""A file that Hydra takes for absent is refused: its rules would judge nothing, its model be undeclared."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from registrar.commands.init import init
from registrar.config.arguments import parse_arguments
from registrar.config.base_jobs import with_base_jobs
from registrar.config.compose import compose_jobs
from registrar.config.unread_files import find_unread_models, find_unread_primary
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

PRIMARY = "defaults: [registrar, _self_]\npolicy: {r: {message: m, schema: {required: [owner]}}}\n"
MODEL = "name: a\nuri: runs:/1/model\n"


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs/model").mkdir(parents=True)
    (tmp_path / "configs/model/a.yaml").write_text(MODEL)
    return tmp_path / "configs"


def compose(*words: str) -> None:
    arguments = parse_arguments(["plan", "models=all", *words])
    jobs = compose_jobs(arguments).jobs
    if len(words) > 1:
        with_base_jobs(jobs, arguments)


@pytest.mark.parametrize("kind", ["other ending", "folder", "link to nothing", "pipe"])
def test_a_primary_configuration_that_nothing_reads_is_refused(configs: Path, kind: str) -> None:
    path = configs / "config.yaml"
    match kind:
        case "other ending":
            path = configs / "config.yml"
            path.write_text(PRIMARY)
        case "folder":
            path.mkdir()
        case "link to nothing":
            path.symlink_to("absent")
        case _:
            os.mkfifo(path)
    with pytest.raises(ConfigError, match="nothing reads it") as caught:
        compose("parallelism=2")
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.file) == ("unread-file", f"configs/{path.name}")
    assert not [*find_unread_primary([configs], "other")]


def test_the_checkout_that_judges_is_read_whole(configs: Path) -> None:
    base = configs.parent / "base/configs"
    (base / "model").mkdir(parents=True)
    (base / "config.yml").write_text(PRIMARY)
    with pytest.raises(ConfigError, match=r"base/configs/config\.yml: ends in \.yml"):
        compose("policy.dir=base", "parallelism=2")


def test_a_file_of_a_model_that_nothing_reads_is_refused(configs: Path) -> None:
    folder = configs / "model/team"
    folder.mkdir()
    (folder / "b.yml").write_text(MODEL)
    (folder / "c.yaml").symlink_to("absent")
    with pytest.raises(ConfigError) as caught:
        compose("parallelism=2")
    assert [(p.code, p.place.file, p.hint) for p in caught.value.problems] == [
        ("unread-file", "configs/model/team/b.yml", "Rename it to b.yaml."),
        ("unread-file", "configs/model/team/c.yaml", "Repair or remove it."),
    ]


def test_what_is_read_and_what_is_no_configuration_passes(configs: Path) -> None:
    (configs / "config.yaml").write_text(PRIMARY)
    (configs / "config.yml").write_text("left over")
    (configs / "model/a.yml").write_text("left over")
    (configs / "model/notes.txt").write_text("text")
    (configs / "model/x.yaml").mkdir()
    (configs / "model/d.yaml").symlink_to("a.yaml")
    assert not [*find_unread_primary([configs], "config"), *find_unread_models([configs])]


@pytest.mark.parametrize(
    "place", ["configs/model/{}.yaml", "configs/model/{}/b.yaml", "models/{}/registrar.yaml"]
)
def test_a_name_that_no_plan_can_tell_is_refused(configs: Path, place: str) -> None:
    path = configs.parent / place.format(os.fsdecode(b"\xff"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("name: b\nuri: runs:/1/model\n")
    with pytest.raises(ConfigError, match="not in UTF-8") as caught:
        compose("parallelism=2")
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.file) == ("unsuitable-file", place.format("\udcff"))
    (configs.parent / "found" / os.fsdecode(b"\xff")).mkdir(parents=True)
    (configs.parent / "found" / os.fsdecode(b"\xff") / "MLmodel").write_text("flavors: {a: {}}\n")
    with pytest.raises(ConfigError, match="not in UTF-8"):
        init(["found"])

"""Files of metrics: which are read, and from where their names count."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.mapping import job_from_mapping
from registrar.config.metric_files import find_metric_problems, with_metric_files
from registrar.content.yaml_limits import MAX_FILE_BYTES
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MODEL = {"name": "m", "uri": "s3://b/m"}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "configs" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)


def read(metrics: object) -> Any:
    """The numbers of a configuration that Python code gives; or the codes of its problems."""
    job = job_from_mapping({**MODEL, "metrics": metrics}, "plan")
    try:
        return with_metric_files(job).config["model"]["metrics"]
    except ConfigError as error:
        assert [problem for _, problem in find_metric_problems(job)] != []
        return [problem.code for problem in error.problems]


def test_a_name_in_python_counts_from_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text('{"a": 0.5, "b": {"value": 1, "dataset": "test"}}')
    numbers = {"a": 0.5, "b": {"value": 1, "dataset": "test"}}
    assert read("e.json") == read(tmp_path / "e.json") == read(numbers) == numbers


def test_a_name_counts_from_the_file_that_holds_it_or_the_current_folder(tmp_path: Path) -> None:
    folder = tmp_path / "configs" / "model"
    (folder / "m.yaml").write_text("name: m\nuri: s3://b/m\nmetrics: e.json\nverify: false\n")
    (folder / "e.json").write_text('{"a": 1}')
    (tmp_path / "e.json").write_text('{"a": 2}')
    for words, number in (
        (["plan", "model=m"], 1),
        (["plan", "model=m", "model.metrics=e.json"], 2),
    ):
        (job,) = compose_jobs(parse_arguments(words)).jobs
        assert with_metric_files(job).config["model"]["metrics"] == {"a": number}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff", "invalid-metrics"),
        (b"", "invalid-metrics"),
        (b"7", "invalid-metrics"),
        (b"[" * 100_000, "invalid-metrics"),
        (b'{"a": ' + b"1" * 10_000 + b"}", "invalid-metrics"),
        (b'{"a": 1' + b" " * MAX_FILE_BYTES + b"}", "invalid-metrics"),
        (b'{"a": {"value": 1, "value": 2}}', "invalid-metrics"),
        (b'{"a": Infinity}', "out-of-range"),
        (b'{"a": 1e400}', "out-of-range"),
        (b'{"a": true}', "wrong-type"),
        (b'{"\\ud800": 1}', "lone-surrogate"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_mapping_of_numbers_is_refused(
    tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "e.json").write_bytes(content)
    assert read("e.json") == [code]


def test_only_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a writer
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "loop", ".", "absent", "/dev/zero"):
        assert read(name) == ["metrics-not-found"], name
    assert read("a\0b")[0] in {"metrics-not-found", "unreadable-file"}


def test_a_link_leads_no_file_out_of_the_repository(tmp_path: Path) -> None:
    folder = tmp_path / "configs" / "model"
    (folder / "m.yaml").write_text("name: m\nuri: s3://b/m\nmetrics: link.json\n")
    (folder / "link.json").symlink_to("/etc/hostname")
    (job,) = compose_jobs(parse_arguments(["plan", "model=m"])).jobs
    (problem,) = (problem for _, problem in find_metric_problems(job))
    assert (problem.code, "leads out of the repository" in problem.message) == (
        "path-outside",
        True,
    )

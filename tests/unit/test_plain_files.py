"""Pipes and devices in the place of files: nothing waits for them, and nothing is put in their place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from registrar.commands.write_files import write_files
from registrar.config.plan_file import read_plan_file, write_plan_file
from registrar.content.yaml_limits import read_limited
from registrar.errors import ConfigError, RefusedError
from registrar.plain_files import read_plain


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for its other end
    return tmp_path / "pipe"


def test_a_file_is_read_as_far_as_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    assert [read_plain(file, limit) for limit in (20, 10, 9, 0)] == [
        *[b"0123456789"] * 3,
        b"0",
    ]
    assert len(read_plain(Path("/proc/self/status"), 10_000)) > 100  # its size is told as 0


@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "/dev/null", "link"])
def test_no_pipe_and_no_device_is_read(pipe: Path, name: str) -> None:
    (pipe.parent / "link").symlink_to("/dev/zero")
    file = pipe.parent / name
    with pytest.raises(ConfigError, match="it is not a regular file") as caught:
        read_plan_file(str(file))
    assert [problem.code for problem in caught.value.problems] == ["no-such-file"]
    with pytest.raises(OSError, match="it is not a regular file"):
        read_limited(file)


def test_nothing_takes_the_place_of_a_pipe_or_a_device(pipe: Path) -> None:
    (pipe.parent / "link").symlink_to("pipe")
    for file in (pipe, pipe.parent / "link"):
        with pytest.raises(ConfigError, match="cannot be written: it is not a regular file"):
            write_plan_file(str(file), {})
        with pytest.raises(RefusedError, match="cannot be written: it is not a regular file"):
            write_files({pipe.parent / "new.yaml": "a: 1\n", file: "a: 1\n"})
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert {path.name for path in pipe.parent.iterdir()} == {"pipe", "link"}


@pytest.mark.parametrize("name", [".", "..", "/", "absent/plan.json", "pipe/plan.json"])
def test_a_plan_is_written_to_a_file_alone(
    pipe: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(pipe.parent)
    with pytest.raises(ConfigError, match="cannot be written") as caught:
        write_plan_file(name, {})
    assert [problem.code for problem in caught.value.problems] == ["unwritable-file"]
    assert [path.name for path in pipe.parent.iterdir()] == ["pipe"]

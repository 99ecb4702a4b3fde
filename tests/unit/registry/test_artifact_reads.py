"""Files that are fetched into a folder."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from registrar.errors import ConfigError, RefusedError, ServerError
from registrar.registry.artifact_reads import download, list_sized
from registrar.registry.retry import Retry
from registrar.registry.stored_files import StoredFile

if TYPE_CHECKING:
    from pathlib import Path


class FullDisk:
    """Files that cannot be written to this machine."""

    is_local = False
    parallel = 2
    location = "store:/model"

    def __init__(self, code: int) -> None:
        self.code = code

    def list_folder(self, folder: str) -> list[StoredFile]:
        assert folder == ""
        return [StoredFile("MLmodel", 1), StoredFile("weights.bin", 1)]

    def save(self, file: StoredFile, target: Path) -> str:
        raise OSError(self.code, os.strerror(self.code), f"{target.parent}/{file.path}")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_no_failure_of_the_server(code: int, tmp_path: Path) -> None:
    store: Any = FullDisk(code)
    with pytest.raises(ConfigError) as caught:
        download(Retry("http://host", 5.0), store, tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["disk-full"]


class Names:
    """Files of one folder, with any names; a save writes into the folder."""

    is_local = False
    parallel = 2
    location = "store:/model"

    def __init__(self, *names: str) -> None:
        self.names = names

    def list_folder(self, folder: str) -> list[StoredFile]:
        assert folder == ""
        return [StoredFile(name, 1) for name in self.names]

    def save(self, file: StoredFile, target: Path) -> str:
        target.write_text(file.path)
        return file.path


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("a" * 300,), id="long"),
        pytest.param((f"a/{'b' * 300}/c",), id="a long folder"),
        pytest.param(("x" * 5_000_000,), id="very long"),
        pytest.param(("a\0b",), id="a null byte"),
        pytest.param(("a\0b/c",), id="a folder with a null byte"),
        pytest.param(("a", "a/b"), id="a file that is a folder"),
        pytest.param((".",), id="the folder itself"),
        pytest.param(("a", "a"), id="twice"),
        pytest.param(("a/./b", "a/b"), id="twice in other words"),
        pytest.param(("../x",), id="outside"),
        pytest.param(("/x",), id="absolute"),
    ],
)
def test_names_that_no_folder_can_hold_are_refused(names: tuple[str, ...], tmp_path: Path) -> None:
    store: Any = Names("MLmodel", *names)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(RefusedError) as caught:
        download(Retry("http://host", 5.0), store, folder)
    (problem,) = caught.value.problems
    assert problem.code in {"unsuitable-stored-file", "path-outside-location"}
    assert len(problem.message) < 1000
    assert str(tmp_path) not in problem.message
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_in_folders_without_end_is_no_reply_of_mlflow(tmp_path: Path) -> None:
    store: Any = Names("/".join("d" * 1500))
    with pytest.raises(ServerError, match="its folders do not end"):
        download(Retry("http://host", 5.0), store, tmp_path)


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "a/b"), (".",), ("a/./b", "a/b"), ("a//b",), ("a/",)]
)
def test_files_that_cannot_be_told_apart_are_not_streamed(names: tuple[str, ...]) -> None:
    store: Any = Names("MLmodel", *names)
    assert list_sized(Retry("http://host", 5.0), store) is None


def test_files_with_names_of_their_own_are_streamed() -> None:
    store: Any = Names("MLmodel", "data/a", "data/b")
    assert list_sized(Retry("http://host", 5.0), store) is not None


def test_a_disk_is_not_filled_by_what_does_not_fit(tmp_path: Path) -> None:
    store: Any = Names("MLmodel")
    store.list_folder = lambda _: [StoredFile("MLmodel", 2**50)]
    with pytest.raises(ConfigError, match="do not fit into") as caught:
        download(Retry("http://host", 5.0), store, tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["disk-full"]
    assert list(tmp_path.iterdir()) == []

"""The digest of a model directory: which files count, links, and manifests that are compared.

That it is the digest which coreutils compute is shown in tests/process/test_directory.py.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from registrar.content.check import check_source
from registrar.content.digest import Difference, Manifest, hash_directory
from registrar.content.directory import list_files
from tests.unit.content.test_directory import MLMODEL, write

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = (hashlib.sha256(letter.encode()).hexdigest() for letter in "ABC")
ADDED_BY_LOADING = "registered_model_meta"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A directory with nothing but an MLmodel."""
    folder = tmp_path / "model"
    write(folder, "MLmodel", MLMODEL.encode())
    return folder


def test_files_are_listed_in_the_byte_order_of_their_paths(model: Path) -> None:
    names = ["a.b", "a-b", "a/B", "a/b", "Ünï", "z", "日本語/🎈", ".hidden/.file", "-n"]
    for name in names:
        write(model, name)
    (model / "empty" / "directories").mkdir(parents=True)
    listed = [file.relative for file in list_files(model)]
    assert listed == sorted(["MLmodel", *names], key=os.fsencode)
    assert check_source(str(model), verify=True) is None


def test_a_link_inside_counts_as_the_file_that_it_points_to(model: Path, tmp_path: Path) -> None:
    write(model, "data/weights", b"1")
    (model / "file").symlink_to("data/weights")
    (model / "folder").symlink_to(model / "data")
    (model / "data" / "sibling").symlink_to("weights")
    assert [file.relative for file in list_files(model)] == [
        "MLmodel",
        "data/sibling",
        "data/weights",
        "file",
        "folder/sibling",
        "folder/weights",
    ]
    copy = tmp_path / "copy"
    shutil.copytree(model, copy, symlinks=False)
    assert hash_directory(model) == hash_directory(copy)


def test_a_model_directory_may_be_a_link(model: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(model)
    assert hash_directory(tmp_path / "latest") == hash_directory(model)
    assert check_source(str(tmp_path / "latest"), verify=True) is None


def test_memory_does_not_grow_with_a_file(model: Path) -> None:
    size = 200 << 20
    with (model / "weights").open("wb") as file:
        file.truncate(size)
    tracemalloc.start()
    manifest = hash_directory(model)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20
    expected = hashlib.sha256()
    for _ in range(200):
        expected.update(bytes(size // 200))
    assert manifest.files["weights"] == expected.hexdigest()


def test_a_manifest_reads_what_it_writes() -> None:
    manifest = Manifest({" a  b": A, "dir/Ünï": B})
    assert manifest.text == f"{A}   a  b\n{B}  dir/Ünï\n"
    assert Manifest.parse(manifest.text) == manifest
    assert manifest.digest == f"sha256:{hashlib.sha256(manifest.text.encode()).hexdigest()}"
    assert Manifest.parse("") == Manifest({})


def test_a_file_that_loading_adds_is_left_out_where_the_digest_is_without_it() -> None:
    registered = Manifest({"MLmodel": A})
    loaded = Manifest({"MLmodel": A, ADDED_BY_LOADING: B})
    assert loaded.restrict_to(registered.digest) == registered
    assert loaded.restrict_to(loaded.digest) == loaded
    assert registered.restrict_to(registered.digest) == registered
    assert Manifest({"MLmodel": B}).restrict_to(registered.digest) is None


def test_manifests_differ_in_changed_missing_and_added_files() -> None:
    registered = Manifest({"MLmodel": A, "gone": B, "weights": B})
    stored = Manifest({"MLmodel": A, "new": B, ADDED_BY_LOADING: B, "weights": C})
    assert registered.compare(stored) == Difference(("weights",), ("gone",), ("new",))
    assert registered.compare(registered) == Difference()

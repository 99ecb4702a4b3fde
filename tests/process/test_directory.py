"""A model directory: its content digest is the one that coreutils compute."""

from __future__ import annotations

import os
import subprocess
import tempfile
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.content.check import check_source
from registrar.content.digest import hash_directory
from registrar.content.directory import list_files
from tests.unit.content.test_directory import MLMODEL, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result

AWKWARD = [
    " leading space",
    "-n",
    "--help",
    "$HOME",
    "*",
    "#",
    "a b/c  d/e",
    "a'b",
    'a"b',
    "a/B",
    "a-b",
    "a.b",
    "a/b",
    "a\tb",
    ".hidden/.file",
    "Ünïcode/日本語/🎈",
    "z" * 200,
    "deep/" * 40 + "file",
]


def coreutils(folder: Path) -> str:
    """The digest as a user computes it, see docs/configuration.md; `-L` follows links."""
    pipeline = r"find -L . -type f -printf '%P\n' | sort | tr '\n' '\0' | xargs -0 sha256sum -- | sha256sum"
    done = subprocess.run(
        ["bash", "-c", pipeline],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
        check=True,
        capture_output=True,
        text=True,
    )
    return f"sha256:{done.stdout.split()[0]}"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A directory with nothing but an MLmodel."""
    folder = tmp_path / "model"
    write(folder, "MLmodel", MLMODEL.encode())
    return folder


def test_the_digest_of_awkward_names_is_what_coreutils_compute(model: Path) -> None:
    for name in AWKWARD:
        write(model, name, name.encode())
    write(model, "empty file")
    (model / "empty" / "directories").mkdir(parents=True)
    assert hash_directory(model).digest == coreutils(model)
    assert check_source(str(model), verify=True) is None
    listed = [file.relative for file in list_files(model)]
    assert set(listed) == {"MLmodel", "empty file", *AWKWARD}
    assert listed == sorted(listed, key=os.fsencode)


parts = st.text(
    st.characters(exclude_characters="\n\r\\/\0", exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda name: name not in {".", ".."})
trees = st.dictionaries(
    st.lists(parts, min_size=1, max_size=3).map("/".join), st.binary(max_size=9), max_size=6
).filter(
    lambda tree: (
        not any(f"{other}/".startswith(f"{n}/") for n in tree for other in tree if other != n)
    )
)


@given(trees)
def test_the_digest_of_any_tree_is_what_coreutils_compute(tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, "MLmodel", MLMODEL.encode())
        for relative, content in tree.items():
            if relative.partition("/")[0] != "MLmodel":
                write(folder, relative, content)
        assert hash_directory(folder).digest == coreutils(folder)


def test_links_inside_are_followed(model: Path) -> None:
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
    assert hash_directory(model).digest == coreutils(model)


def test_a_model_directory_may_be_a_link(model: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(model)
    assert (
        hash_directory(tmp_path / "latest").digest
        == hash_directory(model).digest
        == coreutils(model)
    )
    assert check_source(str(tmp_path / "latest"), verify=True) is None


def test_memory_does_not_grow_with_a_file(model: Path) -> None:
    with (model / "weights").open("wb") as file:
        file.truncate(200 << 20)
    tracemalloc.start()
    digest = hash_directory(model).digest
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20
    assert digest == coreutils(model)


def test_validate_names_the_line_of_a_directory_that_can_not_be_taken(
    registrar: Callable[..., Result], repository: Path
) -> None:
    (repository / "models" / "mnist" / "link").symlink_to("/etc/hostname")
    result = registrar("validate", "model=mnist")
    link = repository / "models" / "mnist" / "link"
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("configs/model/mnist.yaml:")
    assert (
        f"model.uri: {link} is a link out of the model's directory. Copy the file in." in result.err
    )

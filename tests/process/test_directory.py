"""A model directory: its content digest is the one that coreutils compute."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from registrar.content.digest import hash_directory
from registrar.content.directory import list_files
from tests.support.registrar_process import ROOT
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
    "._x/y",
    "c/registrar.yaml",
    "c/__pycache__.py",
    "Ünïcode/日本語/🎈",
    "z" * 200,
    "deep/" * 40 + "file",
]
JUNK = [
    *("registrar.yaml", "a/.DS_Store", "._MLmodel", "a/._b", "Thumbs.db"),
    *("a/__pycache__/b/c.pyc", ".ipynb_checkpoints/MLmodel"),
]


def coreutils(folder: Path) -> str:
    """The digest as docs/configuration.md says that a user computes it."""
    text = (ROOT / "docs" / "configuration.md").read_text()
    (pipeline,) = re.findall(r"&& (find -L .*)", text)
    done = subprocess.run(
        ["bash", "-c", pipeline],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return f"sha256:{done.stdout.split()[0]}"


def test_awkward_names_and_links_have_the_digest_that_coreutils_compute(tmp_path: Path) -> None:
    for name in ("MLmodel", *AWKWARD):
        write(tmp_path, name, name.encode())
    for name in JUNK:
        write(tmp_path, name, b"junk")
    write(tmp_path, "empty file")
    (tmp_path / "empty" / "directories").mkdir(parents=True)
    (tmp_path / "linked file").symlink_to("a/b")
    (tmp_path / "linked folder").symlink_to(tmp_path / "a")
    assert hash_directory(tmp_path).digest == coreutils(tmp_path)
    listed = {file.relative for file in list_files(tmp_path)}
    links = {"linked file", "linked folder/B", "linked folder/b"}
    assert listed == {"MLmodel", "empty file", *AWKWARD, *links}


parts = st.text(
    st.characters(exclude_characters="\n\r\\/\0", exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda name: name not in {".", "..", "-"})  # sha256sum reads standard input for `-`
trees = st.dictionaries(
    st.lists(parts, min_size=1, max_size=3).map("/".join), st.binary(max_size=9), max_size=6
).filter(
    lambda tree: (
        not any(f"{other}/".startswith(f"{n}/") for n in tree for other in tree if other != n)
    )
)


@given(trees)
def test_any_tree_has_the_digest_that_coreutils_compute(tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, "MLmodel", MLMODEL.encode())
        for relative, content in tree.items():
            if relative.partition("/")[0] != "MLmodel":
                write(folder, relative, content)
        assert hash_directory(folder).digest == coreutils(folder)


def test_validate_names_the_line_of_a_directory_that_cannot_be_taken(
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

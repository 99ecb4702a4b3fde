"""A model directory: its content digest, and what cannot be registered."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registrar.content.check import check_source
from registrar.content.digest import hash_directory
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

MLMODEL = "flavors:\n  python_function: {}\n"


def write(folder: Path, name: str, content: bytes = b"") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A directory with nothing but an MLmodel."""
    folder = tmp_path / "model"
    write(folder, "MLmodel", MLMODEL.encode())
    return folder


def message(folder: Path) -> tuple[str, str | None]:
    """The problem with a directory: what, and what to do."""
    with pytest.raises(ConfigError) as caught:
        hash_directory(folder)
    (found,) = caught.value.problems
    assert check_source(str(folder), verify=True) == found
    return found.message, found.hint


def test_the_digest_tells_content_and_names_but_not_modes_and_times(model: Path) -> None:
    weights = write(model, "weights", b"1")
    before = hash_directory(model).digest
    weights.chmod(0o755)
    os.utime(weights, (1, 1))
    (model / "empty").mkdir()
    assert hash_directory(model).digest == before
    weights.rename(model / "weight")
    assert hash_directory(model).digest != before
    (model / "weight").rename(weights)
    assert hash_directory(model).digest == before
    weights.write_bytes(b"2")
    assert hash_directory(model).digest != before


def link_out(model: Path) -> None:
    write(model.parent, "secret")
    (model / "link").symlink_to("../secret")


def link_out_to_a_directory(model: Path) -> None:
    (model / "link").symlink_to("/usr")


def link_out_of_a_directory_that_begins_alike(model: Path) -> None:
    write(model.parent, "model-2/file")
    (model / "link").symlink_to(model.parent / "model-2" / "file")


def link_to_nothing(model: Path) -> None:
    (model / "link").symlink_to("nowhere")


def link_to_itself(model: Path) -> None:
    (model / "link").symlink_to("link")


def link_above(model: Path) -> None:
    (model / "data").mkdir()
    (model / "data" / "link").symlink_to("..")


def links_in_a_ring(model: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (model / name).mkdir()
        (model / name / "link").symlink_to(f"../{other}")


def fifo(model: Path) -> None:
    os.mkfifo(model / "link")


def listening(model: Path) -> None:
    # The path of a socket is short, so it is bound where it is.
    here = Path.cwd()
    os.chdir(model)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("link")
    finally:
        os.chdir(here)


OUT = ("{link} is a link out of the model's directory", "Copy the file in.")
NOTHING = ("{link} is a link to nothing", "Remove or repair it.")
SPECIAL = ("{link} is not a regular file", "Remove it from the model.")


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (link_out, OUT),
        (link_out_to_a_directory, OUT),
        (link_out_of_a_directory_that_begins_alike, OUT),
        (link_to_nothing, NOTHING),
        (link_to_itself, NOTHING),
        (fifo, SPECIAL),
        (listening, SPECIAL),
    ],
)
def test_what_an_artifact_store_can_not_hold_is_refused(
    model: Path, spoil: Callable[[Path], None], expected: tuple[str, str]
) -> None:
    spoil(model)
    what, hint = expected
    assert message(model) == (what.format(link=model / "link"), hint)


@pytest.mark.parametrize(
    ("spoil", "link"), [(link_above, "data/link"), (links_in_a_ring, "a/link/link")]
)
def test_a_cycle_of_links_is_refused(model: Path, spoil: Callable[[Path], None], link: str) -> None:
    spoil(model)
    assert message(model) == (
        f"{model / link} is a link to a directory above it",
        "Remove the link.",
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"a\nb", r"'a\nb'"),
        (b"a\rb", r"'a\rb'"),
        (b"a\\b", r"'a\\b'"),
        (b"caf\xe9", r"'caf\udce9'"),
        (b"bad\xff/file", r"'bad\udcff/file'"),
    ],
)
def test_names_that_coreutils_escape_are_refused(model: Path, name: bytes, shown: str) -> None:
    path = os.path.join(os.fsencode(model), name)  # noqa: PTH118 - bytes
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - bytes
    Path(os.fsdecode(path)).write_bytes(b"")
    assert message(model) == (
        f"{shown} has a name that not every artifact store can hold",
        "Rename it, in UTF-8, without line breaks and backslashes.",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
@pytest.mark.parametrize("name", ["weights", "data"])
def test_what_may_not_be_read_is_named(model: Path, name: str) -> None:
    write(model, "weights")
    write(model, "data/file")
    (model / name).chmod(0)
    what, hint = message(model)
    (model / name).chmod(0o700)
    assert what.startswith(f"cannot read {model / name}")
    assert hint == "Check its permissions."


@pytest.mark.parametrize(
    "uri",
    [
        "{folder}",
        "{folder}/",
        "{folder}//",
        "{parent}/./my model",
        "{parent}/other/../my model",
        "file://{folder}",
        "file://{quoted}",
        "file://{quoted}/",
        "file://localhost{quoted}",
        "FILE://{quoted}",
        "file:{quoted}",
    ],
)
def test_ways_to_write_a_directory(tmp_path: Path, uri: str) -> None:
    folder = tmp_path / "my model"
    write(folder, "MLmodel", MLMODEL.encode())
    (tmp_path / "other").mkdir()
    quoted = str(folder).replace(" ", "%20")
    assert (
        check_source(uri.format(folder=folder, parent=tmp_path, quoted=quoted), verify=True) is None
    )


@pytest.mark.parametrize(
    ("uri", "what", "then"),
    [
        (
            "file://there/model",
            "file://there/model names the host there",
            "Write file:///PATH for a path on this machine.",
        ),
        ("{tmp}/modle", "there is no directory {tmp}/modle", "Did you mean '{tmp}/model'?"),
        ("{tmp}/xyz", "there is no directory {tmp}/xyz", "Correct the path."),
        (
            "nowhere/at/all",
            "there is no directory nowhere/at/all",
            "A relative path counts from {cwd}.",
        ),
        (
            "{tmp}/model/MLmodel",
            "{tmp}/model/MLmodel is a file",
            "Name the directory that holds the MLmodel.",
        ),
        (
            "{tmp}",
            "{tmp} has no MLmodel: it is not an MLflow model",
            "Did you mean '{tmp}/model'?",
        ),
        ("{tmp}/nowhere/modle", "there is no directory {tmp}/nowhere/modle", "Correct the path."),
    ],
)
def test_a_typo_is_a_problem(model: Path, uri: str, what: str, then: str) -> None:
    places = {"tmp": model.parent, "cwd": Path.cwd()}
    found = check_source(uri.format(**places), verify=True)
    assert found is not None
    assert str(found) == f"{what.format(**places)}. {then.format(**places)}"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "its MLmodel names no flavors"),
        (b"- a\n", "its MLmodel names no flavors"),
        (b"flavors: sklearn\n", "its MLmodel names no flavors"),
        (b"flavors: {\n", "its MLmodel is not YAML: "),
        (b"\xff\xfe\xff", "its MLmodel is not YAML: "),
        (b"flavors: {}\nutc_time_created: 2026-13-45\n", "its MLmodel is not YAML: month must be"),
        (b"flavors: {}\nx: !!python/object:os.system {}\n", "its MLmodel is not YAML: could not"),
    ],
)
def test_an_mlmodel_that_is_none(model: Path, content: bytes, what: str) -> None:
    (model / "MLmodel").write_bytes(content)
    found = check_source(str(model), verify=True)
    assert found is not None
    assert found.message.startswith(f"{model}: {what}")
    assert found.hint == "Save the model again."


def test_a_fifo_called_mlmodel_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "MLmodel")
    found = check_source(str(tmp_path), verify=True)
    assert found is not None
    assert found.message == f"{tmp_path} has no MLmodel: it is not an MLflow model"


def test_an_mlmodel_without_end_is_not_read_whole(model: Path) -> None:
    os.truncate(model / "MLmodel", 2**40)  # a hole, which takes no space
    found = check_source(str(model), verify=True)
    assert found is not None
    assert found.code == "yaml-too-large"

"""The folder of a catalogue: replaced as a whole, and never one that holds other files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registrar.commands.site_folder import MARK, check_folder, write_folder
from registrar.errors import ConfigError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = [("index.html", "one"), ("models/a/index.html", "\ud800")]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "public" / "site"


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_new_folder_takes_the_place_of_the_old_one(site: Path) -> None:
    gone = [("models/gone/index.html", ""), ("models-2.html", "")]
    assert write_folder(site, [*PAGES, *gone]) == 4
    check_folder(site, force=False)
    write_folder(site, PAGES)
    assert files(site) == {MARK, "index.html", "models/a/index.html"}
    assert [*site.parent.iterdir()] == [site]  # nothing is left beside it


def test_a_failure_leaves_the_folder_as_it_was(site: Path) -> None:
    def break_off() -> Iterator[tuple[str, str]]:
        yield "index.html", "two"
        raise KeyboardInterrupt

    write_folder(site, PAGES)
    with pytest.raises(KeyboardInterrupt):
        write_folder(site, break_off())
    assert (site / "index.html").read_text() == "one"
    assert [*site.parent.iterdir()] == [site]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("is_lasting", [False, True])
def test_a_failure_between_the_two_moves_loses_nothing(
    site: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, is_lasting: bool
) -> None:
    write_folder(site, PAGES)
    rename, calls = Path.rename, []

    def fail(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == 2 or (is_lasting and len(calls) > 2):
            raise OSError(5, "Input/output error") if len(calls) > 2 else fault
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises((KeyboardInterrupt, RefusedError)) as raised:
        write_folder(site, [("index.html", "two")])
    if not is_lasting:
        assert (site / "index.html").read_text() == "one"
        assert [*site.parent.iterdir()] == [site]
        return
    (kept,) = site.parent.glob(".site.*/old")
    assert (kept / "index.html").read_text() == "one"
    if isinstance(raised.value, RefusedError):
        assert f"What was in it is in {kept}." in str(raised.value)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("place", ["", ".", "..", "public/.."])
def test_the_current_folder_and_those_above_stay(site: Path, place: str, force: bool) -> None:
    with pytest.raises(ConfigError, match="current folder"):
        check_folder(site.parents[1] / place, force=force)


def test_other_files_stay_unless_that_is_asked_for(site: Path) -> None:
    site.mkdir(parents=True)
    check_folder(site, force=False)
    (site / "thesis.txt").touch()
    with pytest.raises(ConfigError, match="other files") as raised:
        check_folder(site, force=False)
    assert raised.value.problems[0].code == "occupied-folder"
    check_folder(site, force=True)


@pytest.mark.parametrize("kind", ["file", "link", "dead link"])
def test_what_is_no_folder_is_refused(site: Path, kind: str) -> None:
    site.parent.mkdir()
    if kind == "file":
        site.touch()
    else:
        site.symlink_to(site.parent if kind == "link" else "nowhere")
    with pytest.raises(ConfigError):
        check_folder(site, force=True)


def test_a_folder_that_cannot_be_written_is_told(site: Path) -> None:
    site.parent.touch()
    with pytest.raises(RefusedError, match="cannot be written"):
        write_folder(site, PAGES)

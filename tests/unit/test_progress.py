"""Progress as lines, where there is no terminal."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from registrar import progress

if TYPE_CHECKING:
    import pytest


def test_progress_is_a_line_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_INTERVAL", 0.0)
    with progress.show_progress(), progress.step("hashing", unit="B"):
        progress.grow("hashing", 4_000_000)
        progress.advance("hashing", 1_000_000)
    with progress.step("hashing", 3):
        progress.advance("hashing")
    assert capsys.readouterr() == ("", "hashing: 1.0 of 4.0 MB\n")


def test_one_model_is_no_models(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_INTERVAL", 0.0)
    for total in (1, 2):
        with progress.show_progress(), progress.step("applying", total):
            progress.advance("applying", total)
    assert capsys.readouterr().err == "applying: 1 of 1 model\napplying: 2 of 2 models\n"


def test_steps_of_one_name_in_several_threads_count_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    barrier = threading.Barrier(4)

    def read(_: int) -> None:
        for _ in range(200):
            barrier.wait()
            with progress.step("reading", 1):
                progress.advance("reading")

    with progress.show_progress(), ThreadPoolExecutor(4) as pool:
        list(pool.map(read, range(4)))
    assert capsys.readouterr().err == ""


def test_the_bytes_of_a_file_count_while_they_move(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A try that fails counts nothing, and a thread that is left alone no more than it did."""
    monkeypatch.setattr(progress, "LINE_INTERVAL", 0.0)
    with progress.show_progress(), progress.step("uploading", 9_000_000, "B"):
        with contextlib.suppress(OSError), progress.transfer("uploading", 4_000_000):
            progress.move(1_000_000)
            lost = contextvars.copy_context()
            raise OSError
        with progress.transfer("uploading", 4_000_000):
            progress.move(1_500_000)
            lost.run(progress.move, 1_000_000)
        with progress.transfer("uploading", None):
            progress.move(2_000_000)
        progress.move(1_000_000)
    lines = capsys.readouterr().err.splitlines()
    amounts = [float(line.split()[1]) for line in lines if "of 9.0 MB" in line]
    assert amounts == [1.0, 0.0, 1.5, 4.0, 6.0]


def test_no_total_is_told_where_a_part_of_it_is_not_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_INTERVAL", 0.0)
    with progress.show_progress(), progress.step("downloading", 1_000_000, "B"):
        progress.advance("downloading", 2_000_000)
    assert capsys.readouterr().err == "downloading: 2.0 MB\n"

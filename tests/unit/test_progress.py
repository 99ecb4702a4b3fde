"""Progress as lines, where there is no terminal."""

from __future__ import annotations

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

"""Progress on a real terminal, read from its screen."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.registrar_process import ROOT, environment
from tests.support.screen import run_on_terminal

if TYPE_CHECKING:
    from pathlib import Path

NOTE = "a server is slow; trying again for up to 20 s, and this line is longer than a screen"
WORK = f"""
import logging, sys, time
from registrar import progress
from registrar.log import show_log
with progress.show_progress(), show_log(logging.WARNING):
    with progress.step("applying", 2), progress.step("uploading", unit="B"):
        progress.grow("uploading", 500_000_000)
        progress.advance("applying")
        with progress.transfer("uploading", 500_000_000):
            for number in range(60):
                time.sleep(0.03)
                progress.move(8_000_000)
                if number == 50:
                    logging.getLogger("registrar").warning({NOTE!r})
                    print("a part of a line", end="", file=sys.stderr)
    print(", and its end", file=sys.stderr)
print("Applied.")
"""


@pytest.mark.parametrize(("width", "no_colour"), [(80, ""), (120, "1")])
def test_bars_move_within_a_file_and_leave_nothing(
    width: int, no_colour: str, tmp_path: Path
) -> None:
    changes = {"PYTHONPATH": str(ROOT), "NO_COLOR": no_colour}
    shown = run_on_terminal([sys.executable, "-c", WORK], width, tmp_path, environment(**changes))
    # The terminal breaks the note, which is printed whole.
    lines = ["".join(shown.last[:-2]), *shown.last[-2:]] if width == 80 else [*shown.last]
    assert lines == [NOTE, "a part of a line, and its end", "Applied."]
    bars = [screen[-2:] for screen in shown.screens if screen and "uploading" in screen[-1]]
    assert all(re.search(r"^applying +━+.* 1 of 2 models +\d+:\d\d", bar[0]) for bar in bars), bars
    amounts = {re.search(r"([\d.]+) of 500\.0 MB +\d+:\d\d", bar[1]) for bar in bars}
    assert len({amount[1] for amount in amounts if amount}) > 3
    assert all(
        NOTE[:60] in screen[0] for screen in shown.screens if "1 of 2" in "".join(screen[1:2])
    )
    assert bool(shown.colours) == (not no_colour)
    assert "\x1b[?25l" not in shown.written, "the cursor is hidden"


def test_a_terminal_that_cannot_move_its_cursor_gets_no_bars(tmp_path: Path) -> None:
    code = WORK.replace("range(60)", "range(25)").replace("50:", "20:")
    command = [sys.executable, "-c", code]
    changes = environment(PYTHONPATH=str(ROOT))
    shown = run_on_terminal(command, 100, tmp_path, changes, kind="dumb")
    assert shown.written.splitlines() == [NOTE, "a part of a line, and its end", "Applied."]


def test_ctrl_c_leaves_no_part_of_a_bar(tmp_path: Path) -> None:
    """The terminal prints ^C where the cursor is: behind the last bar."""
    code = f"try:\n    exec({WORK!r})\nexcept KeyboardInterrupt:\n    print('Stopped.')\n"
    command = [sys.executable, "-c", code]
    changes = environment(PYTHONPATH=str(ROOT))
    shown = run_on_terminal(command, 80, tmp_path, changes, interrupt_at="uploading")
    assert "^C" in shown.written
    assert shown.last == ("Stopped.",)

"""Progress on a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

from tests.support.registrar_process import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path


def test_progress_is_a_bar_on_a_terminal(tmp_path: Path) -> None:
    code = (
        "import time\nfrom registrar import progress\n"
        "with progress.show_progress(), progress.step('applying', 40):\n"
        "    for _ in range(40):\n        time.sleep(0.05); progress.advance('applying')\n"
    )
    above, below = pty.openpty()
    fcntl.ioctl(below, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
        stderr=below,
    )
    os.close(below)
    seen = b""
    try:
        while part := os.read(above, 4096):
            seen += part
    except OSError:  # the other side is closed
        pass
    os.close(above)
    assert process.wait(timeout=60) == 0
    assert re.search(rb"applying: +\d+%.*\d+/40", seen), seen

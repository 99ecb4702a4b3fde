"""The page on compatibility tells the result of every cell of the matrix."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.docs.markdown import table
from tests.support.registrar_process import ROOT


def test_every_cell_of_the_matrix_has_a_row() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "matrix"), "--list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)
    assert list(table(ROOT / "docs" / "compatibility.md", "matrix")) == [
        f"`{name}`" for name in json.loads(listed.stdout)
    ]

"""Lint, format and import contracts by the README's test command; types where there is more time.

`.ci/run` checks the types on its own: without a cache that takes half a minute.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.registrar_process import ROOT

PROGRAMS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        "ruff check",
        "ruff format --check",
        "lint-imports --no-cache",
        pytest.param("mypy", marks=pytest.mark.exhaustive),
    ],
)
def test_the_code_is_clean(command: str) -> None:
    program, *arguments = command.split()
    done = subprocess.run(
        [PROGRAMS / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

"""The demo registry of the documentation: models, a refused version, a rollback, and a history."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.registrar_process import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


@pytest.mark.exhaustive
def test_the_demo_fills_a_registry(registrar: Callable[..., Result], repository: Path) -> None:
    words = ["-m", "tests.support.demo", ".", "--models", "1"]
    env = environment() | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=repository,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = registrar("catalogue", "model=digits-logistic", "server=local")
    assert made.code == 0, made.err
    page = (repository / "site/models/digits-logistic/index.html").read_text()
    assert ">as declared<" in page
    for day in ("2026-05-25", "2026-05-27"):  # version 9 came, and went two days later
        assert day in page
    assert page.count('class="version"') == 10

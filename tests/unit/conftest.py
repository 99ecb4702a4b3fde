"""Unit tests import no MLflow and start no process, so that all of them take seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NoReturn

import pytest

from tests.support.fork_server import keep_hydras_files


@pytest.fixture(scope="session", autouse=True)
def _hydras_files_are_kept() -> None:
    keep_hydras_files()


@pytest.fixture(autouse=True)
def _neither_mlflow_nor_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)  # `import mlflow` then raises ImportError
    monkeypatch.setattr(subprocess, "Popen", _refuse)
    monkeypatch.setattr(os, "fork", _refuse)


def _refuse(*arguments: object, **options: object) -> NoReturn:
    pytest.fail("a unit test starts a process: move it to tests/process")

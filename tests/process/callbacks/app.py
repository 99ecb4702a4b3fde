"""A Hydra training app with the callback: how it is run, and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.registrar_process import ROOT
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow import MlflowClient


APP = ROOT / "tests" / "support" / "training" / "train.py"
CALLBACK = "hydra.callbacks.registration"


def best(metric: str = "accuracy", mode: str = "max") -> str:
    """The override that asks for the best job alone."""
    return f"+{CALLBACK}.best={{metric: {metric}, mode: {mode}}}"


RUN = f"""
import atexit, os, runpy, sys
import hydra._internal.utils
# Hydra takes a coverage measurement for a debugger, and then formats no errors.
hydra._internal.utils.is_under_debugger = lambda: False
sys.argv = ["train.py", *argv]
code = 0
try:
    runpy.run_path({str(APP)!r}, run_name="__main__")
except SystemExit as exit_:
    code = exit_.code or 0
atexit._run_exitfuncs()
sys.stdout.flush(), sys.stderr.flush()
os._exit(code)
"""


def trained(folder: Path) -> list[str]:
    """The jobs that began to train."""
    log = folder / "trained"
    return log.read_text().split() if log.exists() else []


def registered(client: MlflowClient) -> dict[int, str]:
    """Version -> the accuracy its job was told to have."""
    if not list(client.search_registered_models()):
        return {}
    versions = content(client, "digits")["versions"]
    return {number: version["tags"]["wanted"].strip("=") for number, version in versions.items()}

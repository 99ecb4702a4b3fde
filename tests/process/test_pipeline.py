"""Train, evaluate, register, run twice: one version exists. In plain Python, and under ZenML."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.registrar_process import ROOT, environment
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import ForkServer

    Client = Callable[[str], MlflowClient]

ZENML = os.environ.get("REGISTRAR_ZENML_PYTHON", "")
QUIET = {
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_LOGGING_VERBOSITY": "ERROR",
    "AUTO_OPEN_DASHBOARD": "false",
}


def run(folder: Path, uri: str, **env: str) -> str:
    """The last line that the pipeline prints."""
    done = subprocess.run(
        [ZENML, "-m", "tests.support.pipeline.under_zenml"],
        cwd=folder,
        env=environment(MLFLOW_TRACKING_URI=uri, PYTHONPATH=str(ROOT), **env),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.exhaustive
def test_a_repeated_pipeline_in_plain_python_registers_once(
    fork_server: ForkServer, tmp_path: Path, database: str, mlflow_client: Client
) -> None:
    code = f"import runpy, sys\nsys.path.insert(0, {str(ROOT)!r})\n"
    code += (
        "runpy.run_module('tests.support.pipeline.plain', run_name='__main__')\nsys.stdout.flush()"
    )
    for told in ("1 created", "1 unchanged"):
        done = fork_server.start([], tmp_path, code=code, MLFLOW_TRACKING_URI=database).wait()
        assert done.out.splitlines() == [told], done.err
    held = content(mlflow_client(database), "iris")
    assert (list(held["versions"]), held["aliases"]) == ([1], {"challenger": 1})


@pytest.mark.skipif(
    not ZENML, reason="REGISTRAR_ZENML_PYTHON names no interpreter that has ZenML installed"
)
def test_a_repeated_pipeline_under_zenml_registers_once(
    tmp_path: Path, database: str, mlflow_client: Client
) -> None:
    config = str(tmp_path / "zenml")
    told = [run(tmp_path, database, ZENML_CONFIG_PATH=config, **QUIET) for _ in range(2)]
    assert told == ["1 created", "1 unchanged"]
    held = content(mlflow_client(database), "iris")
    assert (list(held["versions"]), held["aliases"]) == ([1], {"challenger": 1})
    tags = held["versions"][1]["tags"]
    assert (tags["pipeline_name"], tags["step_name"]) == ("iris", "register")
    assert tags["pipeline_run"].startswith("iris-")

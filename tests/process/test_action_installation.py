"""The Action as it installs registrar: without MLflow, which a server over HTTP does not need."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.registrar_process import ROOT, command, environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.exhaustive
def test_without_mlflow_models_are_planned_uploaded_and_verified(
    tmp_path: Path, small_model_repository: Path, server: str
) -> None:
    temporary = tmp_path / "runner"
    temporary.mkdir()
    variables = {"RUNNER_TEMP": str(temporary), "GITHUB_PATH": str(temporary / "path")}
    variables |= {"GITHUB_ACTION_PATH": str(ROOT), "VERSION": "", "MLFLOW": ""}
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("venv", "ensurepip", "pip", "importlib", "re"):
        (checkout / f"{name}.py").write_text("raise SystemExit('code of the checkout ran')\n")
    subprocess.run(
        [ROOT / "action" / "install"],
        cwd=checkout,
        env=environment(**variables),
        check=True,
        timeout=600,
    )
    folder = (temporary / "path").read_text().strip()
    python = temporary / "registrar-environment" / "bin" / "python"
    assert not list(python.parent.parent.glob("lib/*/site-packages/mlflow"))
    for line in (
        "validate models=all",
        "plan models=all",
        "apply models=all",
        "check models=all",
        "verify name=mnist",
    ):
        done = subprocess.run(
            [f"{folder}/registrar", *line.split()],
            cwd=small_model_repository,
            env=environment(MLFLOW_TRACKING_URI=server, PYTHONPATH=""),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_what_needs_mlflow_says_so(
    tmp_path: Path, repository: Path, database: str, server: str
) -> None:
    absent = tmp_path / "absent" / "mlflow" / "__init__.py"
    absent.parent.mkdir(parents=True)
    absent.write_text("raise ModuleNotFoundError('No module named mlflow', name='mlflow')")
    path = f"{absent.parent.parent}{os.pathsep}{ROOT}"
    for address, line, needs in (
        ("sqlite:///mlflow.db", "show", "sqlite:///mlflow.db needs the package mlflow."),
        (
            server,
            "plan model=mnist model.uri=s3://bucket/model",
            "s3://bucket/model needs the package mlflow-skinny.",
        ),
    ):
        result = command(line.split(), repository, PYTHONPATH=path, MLFLOW_TRACKING_URI=address)
        assert (result.code, result.out) == (2, "")
        package = needs.split()[-1].rstrip(".")
        assert result.err.endswith(f"{needs} Install {package}.\n")


def test_an_installed_registrar_has_to_be_there(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/bash", ROOT / "action" / "install"],
        env={"VERSION": "installed", "MLFLOW": "", "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=registrar::version: installed, but")

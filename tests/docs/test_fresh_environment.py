"""The three commands of the README as a stranger runs them: a fresh environment, the built wheel.

`test_examples.py` runs the same lines in the environment of the tests. Here pip installs what the
wheel asks for, and nothing of this checkout can be found.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import blocks
from tests.support.registrar_process import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"


@pytest.mark.exhaustive
def test_from_git_init_to_a_registered_model_in_three_commands(tmp_path: Path) -> None:
    (train,) = [block.text for block in blocks(README) if block.file == "train.py"]
    (commands,) = [
        list(block.commands)
        for block in blocks(README)
        if block.text.startswith("$ pip install /path")
    ]
    assert len(commands) == 3
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "train.py").write_text(train)
    venv.create(tmp_path / "venv", with_pip=True)
    variables = environment(
        PATH=f"{tmp_path / 'venv/bin'}{os.pathsep}{os.environ['PATH']}",
        PYTHONPATH="",
        PIP_QUIET="1",
    )

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=repository,
            env=variables,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    run("git init -q")
    run(f"{sys.executable} -m pip wheel -q --no-deps -w {tmp_path / 'wheels'} {ROOT}")
    (wheel,) = (tmp_path / "wheels").glob("mlflow_registrar-*.whl")
    for command, shown in commands:
        printed = run(command.replace("/path/to/registrar", str(wheel)))
        if command.startswith("pip"):
            run("python train.py")
        else:
            assert [line.split("sha256:")[0] for line in printed.splitlines()] == [
                line.split("sha256:")[0] for line in shown.splitlines()
            ]
    assert str(tmp_path / "venv") in run("python -c 'import registrar; print(registrar.__file__)'")

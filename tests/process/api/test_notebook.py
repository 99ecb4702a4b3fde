"""What a notebook shows of the values that the functions return: a real kernel runs the cells."""

from __future__ import annotations

import json
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.registrar_process import environment

RUN = """
import json, nbformat, sys
from nbclient import NotebookClient
cells = [nbformat.v4.new_code_cell(text) for text in json.loads(sys.argv[1])]
notebook = nbformat.v4.new_notebook(cells=cells)
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
outputs = [[dict(output) for output in cell.outputs] for cell in notebook.cells]
print(json.dumps(outputs))
"""
SETTINGS = (
    "config = {'name': 'mnist', 'uri': 'models/mnist', 'description': 'Digits'}\nimport registrar\n"
)
# The last line of a cell -> how its Markdown, and its plain text, begin.
SHOWN = {
    "registrar.plan(config)": ("### registrar plan: 2 to create", "Result('plan', exit_code=0"),
    "registrar.apply(config)": ("### registrar apply: 2 created", "Result('apply', exit_code=0"),
    "registrar.register('mnist', 'models/mnist', aliases='a')": (
        "`mnist version 1 @a updated on ",
        "Registration(name='mnist', version=1",
    ),
    "registrar.show('mnist')": (
        "### registrar show",
        "Result('show', exit_code=0, models=['mnist'",
    ),
    "registrar.verify()": ("### registrar verify", "Result('verify', exit_code=0"),
    "registrar.delete('mnist', force=True)": ("### registrar delete", "Result('delete', exit_code"),
}


@pytest.fixture
def jupyter(tmp_path: Path) -> Path:
    """The Python of an environment that has a kernel beside what this environment has."""
    venv.create(tmp_path / "venv", with_pip=True)
    here = Path(sysconfig.get_path("purelib"))
    there = tmp_path / "venv" / here.relative_to(here.parents[2])
    (there / "tests.pth").write_text(f"{here}\n")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "nbclient", "ipykernel"],
        check=True,
        capture_output=True,
    )
    return python


@pytest.mark.exhaustive
def test_a_notebook_shows_markdown(jupyter: Path, small_model_repository: Path) -> None:
    cells = [SETTINGS, *SHOWN]

    done = subprocess.run(
        [jupyter, "-c", RUN, json.dumps(cells)],
        cwd=small_model_repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    _, *outputs = json.loads(done.stdout)
    for (markdown, plain), shown in zip(SHOWN.values(), outputs, strict=True):
        (data,) = [output["data"] for output in shown if output["output_type"] == "execute_result"]
        lines = data["text/markdown"].splitlines()
        assert next(line for line in lines if not line.startswith("<!--")).startswith(markdown)
        assert data["text/plain"].startswith(plain)

"""`python -m registrar` loads no module of the working directory, but for what Python loads first."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from tests.support.registrar_process import command, environment

if TYPE_CHECKING:
    from pathlib import Path


def loaded_by_python(folder: Path) -> set[str]:
    """The modules that `python -m` loads before it looks for the module that it is to run."""
    program = "import runpy, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def installed_modules() -> set[str]:
    """The modules of all packages, and of Python itself."""
    return {*sys.stdlib_module_names, *metadata.packages_distributions()}


@pytest.mark.parametrize(
    "argv",
    [
        ["validate", "model=mnist"],
        pytest.param(
            ["plan", "model=mnist", "server.tracking_uri=sqlite:///new.db"],
            marks=pytest.mark.exhaustive,
        ),
    ],
)
def test_no_module_of_the_working_directory_is_loaded(
    small_model_repository: Path, tmp_path: Path, argv: list[str]
) -> None:
    canary = tmp_path / "canary"
    names = installed_modules() - loaded_by_python(tmp_path) - {"registrar"}
    assert {"json", "pathlib", "typing", "yaml", "hydra", "mlflow", "__future__"} <= names
    for name in filter(str.isidentifier, names):
        text = f"open({str(canary)!r}, 'a').write({name!r} + ' ')\nraise ImportError\n"
        (small_model_repository / f"{name}.py").write_text(text)
    done = command(argv, small_model_repository, timeout=120)
    assert done.code == 0, done
    assert not canary.exists(), canary.read_text()


def test_those_who_allow_plugins_have_the_working_directory(small_model_repository: Path) -> None:
    program = "import sys; print('loaded', file=sys.stderr)"
    plugins = small_model_repository / "hydra_plugins"
    plugins.mkdir()
    (plugins / "mine.py").write_text(program)
    argv = ["validate", "model=mnist"]
    assert command(argv, small_model_repository, timeout=120).err == ""
    allowed = command(argv, small_model_repository, timeout=120, REGISTRAR_ALLOW_PLUGINS="true")
    assert (allowed.code, "loaded" in allowed.err) == (0, True), allowed

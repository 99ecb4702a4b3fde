"""What an import loads: `--help` and `validate` answer at once because they load no MLflow."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registrar_process import ForkServer

HEAVY = ("mlflow", "hydra", "omegaconf", "jsonschema", "yaml", "registrar.errors", "rich")
# Imported one after the other in one process: each step may load what it names, and no more.
STEPS: dict[str, set[str]] = {
    "registrar": set(),
    "registrar.cli": {"yaml", "registrar.errors"},
    "registrar.api": {"yaml", "registrar.errors"},
    "registrar.callbacks": {"yaml", "registrar.errors"},
    "registrar.commands": {"yaml", "registrar.errors", "omegaconf", "jsonschema"},
    "registrar.registry": {"yaml", "registrar.errors", "omegaconf", "jsonschema"},
    "registrar.commands.apply": {"yaml", "registrar.errors", "omegaconf", "jsonschema"},
    "registrar.execution.execute": {"yaml", "registrar.errors", "omegaconf", "jsonschema"},
    "registrar.config.compose": {*HEAVY} - {"mlflow", "rich"},
}


def test_no_module_loads_a_heavy_package_early() -> None:
    code = (
        "import importlib, json, sys\n"
        "steps, heavy = json.loads(sys.argv[1]), json.loads(sys.argv[2])\n"
        "for step in steps:\n"
        "    importlib.import_module(step)\n"
        "    steps[step] = [name for name in heavy if name in sys.modules]\n"
        "print(json.dumps(steps))\n"
    )
    arguments = [json.dumps(dict.fromkeys(STEPS)), json.dumps(HEAVY)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = json.loads(done.stdout)
    assert {step: {*loaded[step]} - allowed for step, allowed in STEPS.items()} == {
        step: set() for step in STEPS
    }


def test_what_draws_is_imported_on_a_terminal_alone(
    fork_server: ForkServer, repository: Path
) -> None:
    code = (
        "import sys\n"
        "from registrar.cli import main\n"
        "codes = [main([command, 'model=mnist']) for command in ('validate', 'plan', 'check')]\n"
        "assert codes == [0, 0, 3], codes\n"
        "assert 'rich' not in sys.modules\n"
    )
    done = fork_server.start([], repository, code=code).wait()
    assert (done.code, done.err) == (0, "")


def test_a_command_imports_mlflow_without_the_packages_of_its_data_sets(repository: Path) -> None:
    code = (
        "import sys\n"
        "from registrar.__main__ import run\n"
        "assert run() == 0\n"
        "assert 'mlflow' in sys.modules\n"
        "assert {'pandas', 'pyarrow', 'scipy'}.isdisjoint(sys.modules)\n"
        "import pandas\n"  # which a plugin of Hydra may still do
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "apply", "model=mnist"],
        cwd=repository,
        env=environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Applied" in done.stdout

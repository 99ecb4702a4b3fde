"""A CI job that names no server works on a database of its own machine, and is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

NOTE = (
    "note: sqlite:///mlflow.db is a database on this machine: no server was named; "
    "set MLFLOW_TRACKING_URI, or say server=local\n"
)
CI = {"CI": "true", "REGISTRAR_STRICT": ""}


@pytest.mark.parametrize("command", ["plan", "apply", "check"])
def test_a_ci_job_without_a_server_is_told(
    registrar: Callable[..., Result], database: str, command: str
) -> None:
    del database  # it is the default one
    done = registrar(command, "model=mnist", **CI)
    assert done.code == {"plan": 0, "apply": 0, "check": 3}[command], done.err
    assert done.err.count(NOTE) == 1
    assert NOTE not in registrar("plan", "model=mnist").err


def test_a_chosen_database_needs_no_note(
    registrar: Callable[..., Result], repository: Path, database: str
) -> None:
    assert NOTE not in registrar("plan", "model=mnist", "server=local", **CI).err
    assert NOTE not in registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=database, **CI).err
    assert NOTE not in registrar("validate", "model=mnist", **CI).err
    assert NOTE in registrar("plan", "model=mnist", "out=plan.json", **CI).err
    mine = repository / "configs" / "server" / "mine.yaml"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("defaults: [default]\ntracking_uri: sqlite:///mlflow.db\n")
    assert NOTE not in registrar("plan", "model=mnist", "server=mine", **CI).err
    shown = registrar("show", "plan=plan.json", **CI)
    assert (shown.code, shown.err) == (0, "")

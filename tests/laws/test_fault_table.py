"""The table of faults in docs/reliability.md: measured here, and held to what that page says."""

from __future__ import annotations

import itertools
import os
import signal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.markdown import table
from tests.support.proxy import Fault, FaultKind, inject_fault
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Process


CREATE = "/model-versions/create"
FAULTS: dict[str, FaultKind] = {
    "none": "none",
    "the reply is lost": "reply lost",
    "503 after the server has committed": "503 after",
    "503 before it": "503 before",
    "the connection is reset": "connection reset",
    "the reply comes after the timeout": "slow reply",
    "killed when the server has committed": "kill after",
}
RACE = "8 processes at once"
# Harmless to both, or slow: these rows are for an exhaustive run.
LEFT_OUT = {"none", "503 before it", "the connection is reset", "the reply comes after the timeout"}
PAGE = ROOT / "docs" / "reliability.md"
NUMBERS = itertools.count(1)
REGISTER = """
import mlflow
uri, name, server = argv
mlflow.set_tracking_uri(server)
mlflow.register_model(uri, name)
"""


def live(client: Any, name: str) -> int:
    return len(client.search_model_versions(f"name='{name}'"))


def measured(
    start: Callable[[str, str], Process], server: str, client: Any, row: str
) -> tuple[int, int]:
    """How many versions there are after a run with a fault, and after the job is run again."""
    name = f"table-{next(NUMBERS)}-{os.getpid()}"
    fault = Fault(FAULTS.get(row, "none"), int(row != RACE), CREATE, delay=4)
    with inject_fault(server, fault) as url:
        count = 8 if row == RACE else 1
        processes = [start(name, url) for _ in range(count)]
        fault.kill = lambda: processes[0].signal(signal.SIGKILL)
        for process in processes:
            process.wait()
    first = live(client, name)
    start(name, server).wait()
    return first, live(client, name)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=[pytest.mark.exhaustive] if row in LEFT_OUT else [])
        for row in (*FAULTS, RACE)
    ],
)
def test_the_table_of_faults_is_what_happens(
    row: str,
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    client = mlflow_client(server)
    experiment = client.get_experiment_by_name("table")
    experiment_id = experiment.experiment_id if experiment else client.create_experiment("table")
    model = client.create_logged_model(experiment_id, name="model")
    client.log_model_artifacts(model.model_id, str(small_model_repository / "models" / "mnist"))
    client.finalize_logged_model(model.model_id, "READY")
    uri = f"models:/{model.model_id}"

    def with_mlflow(name: str, url: str) -> Process:
        return fork_server.start(
            [uri, name, url], small_model_repository, code=REGISTER, MLFLOW_HTTP_REQUEST_TIMEOUT="2"
        )

    def with_registrar(name: str, url: str) -> Process:
        arguments = ["model=mnist", f"model.uri={uri}", f"model.name={name}"]
        return fork_server.start(
            [*arguments, f"server.tracking_uri={url}", "server.timeout=5"], small_model_repository
        )

    theirs = measured(with_mlflow, server, client, row)
    ours = measured(with_registrar, server, client, row)
    cells = table(PAGE, "faults")[row]
    print(f"| {row} | {theirs[0]}, then {theirs[1]} | {ours[0]}, then {ours[1]} |")
    assert ours[1] == 1
    assert cells[1] == f"{ours[0]}, then {ours[1]}"
    recorded = PAGE.read_text()
    if f"mlflow.register_model` {version('mlflow')}" in recorded and row != RACE:
        assert cells[0] == f"{theirs[0]}, then {theirs[1]}"

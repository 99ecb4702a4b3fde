"""A real `mlflow server` on the loopback interface."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

# The interpreter that runs the server. Its MLflow may be older or newer than the client's.
SERVER_PYTHON = os.environ.get("REGISTRAR_SERVER_PYTHON", sys.executable)
SERVER_ENVIRONMENT = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # else eight processes wait for MLflow's jobs
    "COVERAGE_PROCESS_CONFIG": "",  # coverage of the server would only cost time
}
BACKENDS = ("sqlite", "http")
START_SECONDS = 180  # an import of MLflow, three times slower on a loaded machine


@dataclass(frozen=True, slots=True)
class MlflowServer:
    """A server that answers, and its processes."""

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End all processes of the server at once; an orderly end takes seconds."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)


@contextlib.contextmanager
def run_server(
    folder: Path, backend: str, *options: str, workers: int = 1, **env: str
) -> Iterator[MlflowServer]:
    """Yield a server with the backend store `backend`, its log and its artifacts in `folder`."""
    port = find_free_port()
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(SERVER_PYTHON, "-m", "mlflow", "server", "--host", "127.0.0.1"),
                *("--port", str(port), "--workers", str(workers), "--backend-store-uri", backend),
                *("--artifacts-destination", str(folder / "artifacts"), *options),
            ],
            cwd=folder,
            env=environment(
                **SERVER_ENVIRONMENT,
                # MLflow 2 looks for its web server, gunicorn, on the path.
                PATH=f"{Path(SERVER_PYTHON).parent}{os.pathsep}{os.environ['PATH']}",
                **env,
            ),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = MlflowServer(f"http://127.0.0.1:{port}", process)
    try:
        _wait_until_healthy(server, log)
        yield server
    finally:
        server.kill()


def empty_registry(url: str) -> None:
    """Delete every registered model and prompt, and send later uploads to a new experiment."""
    from mlflow import MlflowClient

    client = MlflowClient(url, url)
    for prompt in client.search_registered_models("tags.`mlflow.prompt.is_prompt` = 'true'"):
        client.delete_prompt(prompt.name)
    for model in client.search_registered_models(max_results=1000):
        client.delete_registered_model(model.name)
    experiment = client.get_experiment_by_name("registrar")
    if experiment is not None:
        client.rename_experiment(experiment.experiment_id, f"before-{time.time_ns()}")


def open_backend(request: pytest.FixtureRequest) -> str:
    """Return the URI of an empty registry of the kind that the parameter of a fixture names."""
    return str(request.getfixturevalue("database" if request.param == "sqlite" else "server"))


def find_free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(server: MlflowServer, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            pytest.fail(f"mlflow server ended: {log.read_text()[-2000:]}")
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{server.url}/health", timeout=5),
        ):
            return
        time.sleep(0.2)
    pytest.fail(f"mlflow server did not answer: {log.read_text()[-2000:]}")

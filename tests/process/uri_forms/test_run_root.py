"""A model at the root of a run's artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.user_scripts import DOWNLOAD, version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


AT_THE_ROOT = """
import time
import mlflow
from mlflow import MlflowClient
client = MlflowClient()
experiment = client.create_experiment(f"roots-{time.time_ns()}", argv[0] if argv else None)
run = client.create_run(experiment).info
client.log_artifacts(run.run_id, "models/mnist")
mlflow.register_model(f"runs:/{run.run_id}/", "by-hand")
answer = [run.run_id, run.artifact_uri]
"""


def test_a_model_at_the_root_of_a_run(
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    script: Callable[..., Any],
    registrar: Callable[..., Result],
    repository: Path,
    backend: str,
) -> None:
    run_id, root = script(AT_THE_ROOT)
    write(f"runs:/{run_id}/")
    first = run()
    assert (first.code, first.err) == (0, "")
    assert (version(client)["source"], version(client)["run_id"]) == (root, run_id)
    assert "model.skops" in script(DOWNLOAD, "models:/mnist@champion")
    assert run().out.startswith("Nothing to do: mnist version 1 matches")
    verified = registrar("verify", "verify.name=mnist", MLFLOW_TRACKING_URI=backend)
    assert "its model_uuid is the one that was registered" in verified.out
    # What MLflow's register_model made of the same URI is the same.
    (repository / "configs" / "model" / "by-hand.yaml").write_text(
        f"name: by-hand\nuri: runs:/{run_id}/\n"
    )
    adopted = registrar("model=by-hand", MLFLOW_TRACKING_URI=backend)
    assert adopted.out.endswith(f"Applied to {backend}: 1 adopted.\n"), adopted.out + adopted.err
    dumped = registrar("dump", "dump.name=by-hand", "dump.dir=out", MLFLOW_TRACKING_URI=backend)
    assert dumped.code == 0, dumped.err
    text = (repository / "out" / "by-hand.yaml").read_text()
    assert f"\nname: by-hand\nuri: runs:/{run_id}/\n" in text


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_run_folder_whose_path_a_uri_has_to_escape(
    backend: str,
    repository: Path,
    registrar: Callable[..., Result],
    script: Callable[..., Any],
    mlflow_client: Callable[[str], Any],
) -> None:
    folder = repository / "my #1 runs?"
    folder.mkdir()
    run_id, _ = script(AT_THE_ROOT, str(folder))
    config = repository / "configs" / "model" / "mnist.yaml"
    config.write_text(f"name: mnist\nuri: '{folder}/{run_id}/artifacts'\n")
    assert registrar("model=mnist").code == 0
    source = version(mlflow_client(backend))["source"]
    assert source == f"file://{repository}/my%20%231%20runs%3F/{run_id}/artifacts"
    assert "model.skops" in script(DOWNLOAD, "models:/mnist/1")
    assert registrar("model=mnist").out.startswith("Nothing to do: mnist version 1 matches")
    assert registrar("verify").code == 0

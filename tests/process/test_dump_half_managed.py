"""`dump` where files declare a part of the registry, and of what a training script has registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

SCRIPT = """
import mlflow, registrar
from mlflow import MlflowClient
client = MlflowClient()
with mlflow.start_run() as run:
    logged = mlflow.initialize_logged_model("named", source_run_id=run.info.run_id)
    client.log_model_artifacts(logged.model_id, argv[0])
    mlflow.finalize_logged_model(logged.model_id, "READY")
    for C in (1, 2):
        registrar.register("iris", f"runs:/{run.info.run_id}/named", metadata={"C": C})
    registrar.register("iris", argv[0], metadata={"C": 3}, aliases=["challenger"])
client.create_registered_model("hand")
client.create_model_version("hand", "gs://bucket/hand", await_creation_for=0)
answer = run.info.run_id
"""


def test_the_rest_of_a_registry_is_dumped_and_nothing_is_overwritten(
    repository: Path,
    backend: str,
    registrar: Callable[..., Result],
    script: Callable[..., Any],
    mlflow_client: Callable[[str], Any],
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    assert registrar("model=mnist", **env).code == 0
    run_id = script(SCRIPT, str(repository / "models" / "mnist"))
    # The uploaded version names the run as MLflow does, too.
    versions = mlflow_client(backend).search_model_versions("name='iris'")
    assert {version.run_id for version in versions} == {run_id}
    folder = repository / "configs" / "model"
    mine = folder / "mnist.yaml"
    text = mine.read_text()
    dumped = registrar("dump", **env)
    assert dumped.code == 0, dumped.err
    assert "note: mnist is declared in configs/model/mnist.yaml already" in dumped.err
    assert mine.read_text() == text
    iris = yaml.safe_load((folder / "iris.yaml").read_text())
    # The model is read where it lies, and where it was made is not what anybody asks for.
    assert [sorted(entry) for entry in iris["versions"]] == [
        ["metadata", "uri", "version"],
        ["aliases", "metadata", "uri", "version"],
    ]
    assert [entry["metadata"] for entry in iris["versions"]] == [{"C": 2}, {"C": 3}]
    checked = registrar("check", "models=all", **env)
    assert checked.code == 0, checked.out
    assert "  ~ " not in checked.out
    forced = registrar("dump", "dump.force=true", **env)
    assert (forced.code, mine.read_text() == text) == (0, False)

"""Python texts of a user who logs models with MLflow, and the URIs that then name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow import MlflowClient

# A run with a model in its artifacts, as MLflow 2 logs it, and a logged model, as MLflow 3 does.
LOG = """
import time
from mlflow import MlflowClient
client = MlflowClient()
experiment = client.create_experiment(f"theirs-{time.time_ns()}")
run = client.create_run(experiment).info
client.log_artifacts(run.run_id, "models/mnist", "model")
logged = client.create_logged_model(experiment, name="digits", source_run_id=run.run_id)
client.log_model_artifacts(logged.model_id, "models/mnist")
client.finalize_logged_model(logged.model_id, "READY")
answer = {"run": run.run_id, "root": run.artifact_uri, "logged": logged.model_id}
"""
# A version of another model, made by hand from the run, with the alias `best`.
SOURCE = """
import mlflow
made = mlflow.register_model(f"runs:/{argv[0]}/model", "source")
mlflow.MlflowClient().set_registered_model_alias("source", "best", made.version)
answer = made.version
"""
REGISTER = """
import mlflow
made = mlflow.register_model(argv[0], argv[1])
answer = [made.source, made.run_id]
"""
DOWNLOAD = """
import os, mlflow
answer = sorted(os.listdir(mlflow.artifacts.download_artifacts(argv[0])))
"""
# The command line, after other statements in the same process.
RUN_REGISTRAR = """
import os, sys
from registrar.__main__ import run
sys.argv = ["registrar", *argv]
code = run()
sys.stdout.flush(), sys.stderr.flush()
os._exit(code)
"""

FORMS = (
    "run's artifacts",
    "run's logged model",
    "logged model",
    "version",
    "alias",
    "artifact URI",
)


def log(script: Callable[..., Any]) -> dict[str, str]:
    """Log models; return the URI of each form, and the ids `run`, `root` (its artifacts), `logged`."""
    made = script(LOG)
    script(SOURCE, made["run"])
    root = made["root"] if ":" in made["root"] else f"file://{made['root']}"
    return {
        **made,
        "run's artifacts": f"runs:/{made['run']}/model",
        "run's logged model": f"runs:/{made['run']}/digits",
        "logged model": f"models:/{made['logged']}",
        "version": "models:/source/1",
        "alias": "models:/source@best",
        # file:/// in a database's local artifacts, mlflow-artifacts:/ on a server
        "artifact URI": f"{root}/model",
    }


def version(client: MlflowClient, number: int = 1) -> dict[str, Any]:
    """Return where a version of `mnist` comes from, and what registrar wrote to it."""
    found = client.get_model_version("mnist", str(number))
    return {"source": found.source, "run_id": found.run_id or None, **found.tags}

"""Scripts that promote a version without registrar, for the table of promotions."""

from __future__ import annotations

__all__ = ["HAPPEN_MEANWHILE", "PROMOTE_BOTH"]

START = """
import json, os, tempfile
from mlflow import MlflowClient

client = MlflowClient()
row = json.loads(argv[0])
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "1"  # else MLflow tries for minutes
"""
PREPARE = """
def add_version(name, numbers, inputs):
    run_id = client.create_run("0").info.run_id
    model = client.create_logged_model("0", source_run_id=run_id)
    with tempfile.TemporaryDirectory() as folder:
        columns = [{"name": column, "type": "double", "required": True} for column in inputs]
        signature = {"inputs": json.dumps(columns)}
        with open(os.path.join(folder, "MLmodel"), "w") as file:
            json.dump({"flavors": {"python_function": {}}, "signature": signature}, file)
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, "READY")
    for step, (value, dataset) in enumerate(numbers):
        client.log_metric(run_id, "accuracy", value, step=step, timestamp=step, model_id=model.model_id,
                          dataset_name=dataset.partition(" ")[0], dataset_digest=dataset)
    return client.create_model_version(name, f"models:/{model.model_id}", run_id, model_id=model.model_id)


for name in ("library", "script", "gated"):
    client.create_registered_model(name)
    old = add_version(name, row["champion"] or [], ["age"])
    add_version(name, row["candidate"], ["age", "zip"] if row["event"] == "breaks" else ["age"])
    if row["champion"] is not None:
        client.set_registered_model_alias(name, "champion", 1)
    if row["event"] == "moves":
        add_version(name, [[0.99, "test"]], ["age"])
    if row["event"] == "run gone":
        client.delete_run(old.run_id)
        client._tracking_client.store._hard_delete_run(old.run_id)
"""
MEANWHILE = """
def meanwhile(name):
    if row["event"] == "moves":
        client.set_registered_model_alias(name, "champion", 3)
    if row["event"] == "deleted":
        client.delete_model_version(name, "1")
    if row["event"] == "logged":
        made = client.get_model_version(name, "2")
        client.log_metric(made.run_id, "accuracy", 0.5, step=9, timestamp=9,
                          model_id=made.source.removeprefix("models:/"), dataset_name="test",
                          dataset_digest="test")
"""
# The validator compares what it is given; the rest of a promotion is up to its user.
LIBRARY_SCRIPT = """
import mlflow
from mlflow.exceptions import MlflowException
from mlflow.models import EvaluationResult, MetricThreshold


def with_library(name):
    candidate = client.get_model_version(name, "2")
    champion = client.get_registered_model(name).aliases.get("champion")
    baseline = None
    if champion is not None:
        run_id = client.get_model_version(name, champion).run_id
        baseline = EvaluationResult(client.get_run(run_id).data.metrics, {})
    result = EvaluationResult(client.get_run(candidate.run_id).data.metrics, {})
    asked = {"min_absolute_change" if row["absolute"] else "min_relative_change": row["asked"]}
    thresholds = {"accuracy": MetricThreshold(**asked, greater_is_better=True)}
    mlflow.validate_evaluation_results(thresholds, result, baseline)
    meanwhile(name)
    client.set_registered_model_alias(name, "champion", candidate.version)
"""
USUAL_SCRIPT = """
def with_script(name):
    candidate = client.get_model_version(name, "2")
    new = client.get_run(candidate.run_id).data.metrics.get("accuracy", 0)
    try:
        champion = client.get_model_version_by_alias(name, "champion")
        old = client.get_run(champion.run_id).data.metrics.get("accuracy", 0)
    except Exception:
        old = 0
    meanwhile(name)
    if new - old >= row["asked"] * (1 if row["absolute"] else old):
        client.set_registered_model_alias(name, "champion", candidate.version)
"""
DECIDE = """
from mlflow.models.evaluation.validation import ModelValidationFailedException


def decide(name, promote):
    global client
    client = MlflowClient(argv[1])
    mlflow.set_tracking_uri(argv[1])
    try:
        promote(name)
    except ModelValidationFailedException:
        return "refused"
    except MlflowException:
        return "stops"
    client = MlflowClient(argv[2])
    is_promoted = client.get_registered_model(name).aliases.get("champion") in ("2", 2)
    return "promoted" if is_promoted else "refused"


answer = [decide("library", with_library), decide("script", with_script)]
"""

# Arguments: the situation as JSON, the registry as it is seen, the registry itself.
PROMOTE_BOTH = START + PREPARE + MEANWHILE + LIBRARY_SCRIPT + USUAL_SCRIPT + DECIDE
HAPPEN_MEANWHILE = f"{START}{MEANWHILE}\nanswer = meanwhile('gated')"

"""Three steps of a pipeline, as plain functions: any orchestrator can call them, or none."""

from __future__ import annotations

import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import registrar

TAG = "model_uri"


def data() -> list[object]:
    """Return the training and test parts, the same in every run."""
    parts: list[object] = train_test_split(*load_iris(return_X_y=True), random_state=0)
    return parts


def train(strength: float) -> str:
    """Return the URI of a logged model with this setting; train it if there is none yet."""
    mlflow.set_experiment("pipeline")
    same = f"params.C = '{strength}' and attributes.status = 'FINISHED'"
    for run in mlflow.search_runs(filter_string=same, output_format="list"):
        return str(run.data.tags[TAG])
    x, _, y, _ = data()
    with mlflow.start_run():
        mlflow.log_param("C", strength)
        model = LogisticRegression(C=strength, max_iter=500).fit(x, y)
        uri = str(mlflow.sklearn.log_model(model, name="model").model_uri)
        mlflow.set_tag(TAG, uri)
    return uri


def evaluate(uri: str) -> float:
    """Return the share of the test part that the model predicts correctly."""
    _, x, _, y = data()
    return float((mlflow.pyfunc.load_model(uri).predict(x) == y).mean())


def register(uri: str, accuracy: float) -> str:
    """Register the model, once however often this step runs; return what was done."""
    done = registrar.register(
        "iris",
        uri,
        metadata={"accuracy": accuracy},
        aliases=["challenger"] if accuracy > 0.9 else [],
    )
    return f"{done.version} {done.action}"

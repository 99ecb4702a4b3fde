"""Metrics that a model's file declares: judged by gates, updated in place, and kept from drifting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

REGISTER = """
import registrar
registrar.register("mnist", "models/mnist", metrics={"loss": {"value": 0.5, "dataset": "test"}})
answer = registrar.show("mnist").to_dict()["models"][0]["versions"][0]["metrics"]
"""


def test_declared_metrics_are_judged_and_updated_in_place(
    small_model_repository: Path,
    backend: str,
    registrar: Callable[..., Result],
    script: Callable[..., Any],
    mlflow_client: Callable[[str], Any],
) -> None:
    folder = small_model_repository / "configs" / "model"
    with (folder / "mnist.yaml").open("a") as file:
        file.write("metrics: evaluation.json\n")
        file.write("gates: {champion: {metrics: {accuracy: {min: 0.95}}}}\n")
    env = {"MLFLOW_TRACKING_URI": backend}
    (folder / "evaluation.json").write_text('{"accuracy": 0.94}')
    refused = registrar("model=mnist", **env)
    assert refused.code == 6, refused.out + refused.err
    (folder / "evaluation.json").write_text('{"accuracy": 0.97}')
    applied = registrar("model=mnist", **env)
    assert applied.code == 0, applied.err
    assert "metrics.accuracy    0.97" in applied.out
    # No alias moves, so nothing is judged. The number is no part of the content.
    (folder / "evaluation.json").write_text('{"accuracy": 0.5}')
    updated = registrar("model=mnist", "output=json", **env)
    assert updated.code == 0, updated.err
    (change,) = updated.json["models"][0]["changes"]
    assert (change["field"], change["version"]) == ("metrics", 1)
    client = mlflow_client(backend)
    text = client.get_model_version("mnist", "1").tags["registrar_metrics"]
    assert json.loads(text) == {"accuracy": [{"value": 0.5}]}
    # A script adds to them, and then they differ from the file.
    metrics = script(REGISTER)
    assert [(key, items[0]["value"]) for key, items in metrics.items()] == [
        ("accuracy", 0.5),
        ("loss", 0.5),
    ]
    assert registrar("check", "model=mnist", **env).code == 3

"""Signatures in plans: what an alias that moves changes for callers, with a gate and without one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import Result

REGISTER_AGAIN = """
import mlflow
client = mlflow.MlflowClient()
made = mlflow.register_model(client.get_model_version("tabular", "1").source, "tabular")
client.set_registered_model_alias("tabular", "champion", made.version)
answer = made.version
"""
SIGNATURE_TAG = "registrar_model_signature"
BREAKING = "inputs.age long -> string; inputs.zip added: required string"


def write_model(folder: Path, **inputs: str) -> None:
    """Write a model with these inputs; none for a model without a signature."""
    columns = [{"name": name, "type": type_, "required": True} for name, type_ in inputs.items()]
    signature = {"signature": {"inputs": json.dumps(columns)}} if inputs else {}
    folder.mkdir(parents=True, exist_ok=True)
    mlmodel = {"flavors": {"python_function": {}}, **signature}
    (folder / "MLmodel").write_text(yaml.safe_dump(mlmodel))


def test_a_plan_says_what_a_moved_alias_changes_and_a_gate_refuses_it(
    repository: Path,
    registrar: Callable[..., Result],
    script: Callable[..., Any],
    backend: str,
    mlflow_client: Callable[[str], MlflowClient],
) -> None:
    folder, client = repository / "models" / "tabular", mlflow_client(backend)

    def run(*words: str, **fields: Any) -> Result:
        model = {"name": "tabular", "uri": "models/tabular", "aliases": ["champion"], **fields}
        (repository / "configs" / "model" / "tabular.yaml").write_text(yaml.safe_dump(model))
        return registrar(*words, "model=tabular", MLFLOW_TRACKING_URI=backend)

    gate = {"champion": {"signature": "compatible"}}
    write_model(folder, age="long")
    first = run("apply", gates=gate)
    assert first.code == 0, first
    assert "compatible  holds: no version is replaced" in first.out
    assert json.loads(client.get_model_version("tabular", "1").tags[SIGNATURE_TAG]) == {
        "inputs": [{"name": "age", "type": "long", "required": True}]
    }

    write_model(folder, age="string", zip="string")
    planned = run("plan", "output=json")
    assert planned.code == 0, planned
    comparison = planned.json["models"][0]["changes"][-1]["signature"]
    assert comparison["verdict"] == "breaking"
    assert [change["field"] for change in comparison["changes"]] == ["inputs.age", "inputs.zip"]

    # Of a version that somebody registered by hand, the MLmodel is read.
    assert int(script(REGISTER_AGAIN)) == 2
    refused = run("apply", gates=gate)
    assert refused.code == 6, refused
    assert f"breaking  compatible  FAILS: {BREAKING}\n" in refused.out
    assert len(client.search_model_versions("name='tabular'")) == 2

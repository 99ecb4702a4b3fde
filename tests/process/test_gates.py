"""Gates on aliases: printed, refused, allowed and recorded; files, checksums and plan files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from registrar.config.schema import load_schema
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import Result

GATE = {
    "dataset": "test",
    "metrics": {
        "accuracy": {"min": 0.95, "min_change": -0.002},
        "latency_ms": {"max_change": "5%"},
    },
    "metadata": ["lr"],
}


@dataclass
class Laboratory:
    """A registry in which logged models have metrics, and the file of the model mnist."""

    client: MlflowClient
    repository: Path
    uri: str
    run: Callable[..., Result]
    clock: int = 0
    run_ids: list[str] = field(default_factory=list)

    def log_model(self, **metrics: float) -> str:
        """Log a model with these metrics on the dataset `test`, and return its URI."""
        run_id = self.client.create_run("0").info.run_id
        model = self.client.create_logged_model("0", source_run_id=run_id)
        self.client.finalize_logged_model(model.model_id, "READY")
        for key, value in metrics.items():
            self.log(model.model_id, key, value)
        return str(model.model_uri)

    def log(self, model_id: str, key: str, value: float) -> None:
        """Log a metric of a model on the dataset `test`."""
        self.clock += 1
        run_id = self.client.get_logged_model(model_id).source_run_id
        self.client.log_metric(
            *(run_id, key, value, self.clock),
            model_id=model_id,
            dataset_name="test",
            dataset_digest="d1",
        )

    def write(self, uri: str, **fields: Any) -> None:
        """Write the file of mnist: its alias champion is to come to the model at `uri`."""
        model = {"name": "mnist", "uri": uri, "verify": False, "aliases": ["champion"], **fields}
        path = self.repository / "configs" / "model" / "mnist.yaml"
        path.write_text(
            yaml.safe_dump({"gates": {"champion": GATE}, "metadata": {"lr": 1}, **model})
        )

    def __call__(self, *words: str) -> Result:
        """Run a command on mnist."""
        return self.run(*words, "model=mnist", MLFLOW_TRACKING_URI=self.uri)

    @property
    def content(self) -> Any:
        """All that the registry holds of mnist."""
        return content(self.client, "mnist")


@pytest.fixture
def laboratory(
    repository: Path,
    registrar: Callable[..., Result],
    backend: str,
    mlflow_client: Callable[[str], MlflowClient],
) -> Laboratory:
    return Laboratory(mlflow_client(backend), repository, backend, registrar)


def test_an_alias_moves_only_to_a_version_that_proves_itself(laboratory: Laboratory) -> None:
    first = laboratory.log_model(accuracy=0.971, latency_ms=18.2)
    laboratory.write(first, gates={"champion": GATE, "champoin": GATE})
    applied = laboratory("apply", "output=json")
    assert applied.code == 0, applied
    states = [(v["name"], v["state"]) for v in applied.json["models"][0]["verdicts"]]
    assert states == [("accuracy", "holds"), ("latency_ms", "holds"), ("metadata", "holds")]
    assert applied.json["models"][0]["notes"][1:] == [
        "gates.champoin judges nothing: no version of this configuration has the alias"
    ]
    before = laboratory.content

    laboratory.write(laboratory.log_model(accuracy=0.968, latency_ms=19.8), metadata={})
    planned = laboratory("plan")
    assert planned.code == 6, planned
    assert (
        "  ~ alias champion    1 -> (new)\n"
        "      accuracy    0.971 -> 0.968  on test (d1)  min 0.95, min_change -0.002  "
        "FAILS: it changed by -0.003, which is less than min_change -0.002\n"
        "      latency_ms  18.2 -> 19.8  on test (d1)    max_change 5%                "
        "FAILS: it changed by +8.8%, which is more than max_change 5%\n"
        "      metadata                                  lr                           "
        "FAILS: there is no tag lr\n"
    ) in planned.out
    place = "configs/model/mnist.yaml:3:1: "  # keys are sorted
    assert planned.err.count(f"{place}mnist: the gate of the alias 'champion' fails: ") == 3
    assert planned.err.count(" Allow it with allow_gates=champion if it is meant.\n") == 3
    assert laboratory("apply").code == 6
    assert laboratory("apply", "allow_gates=challenger").code == 6
    assert laboratory("check").code == 3
    assert laboratory.content == before

    allowed = laboratory("apply", "allow_gates=champion", "output=json")
    assert allowed.code == 0, allowed
    verdicts = allowed.json["models"][0]["verdicts"]
    assert [verdict["state"] for verdict in verdicts] == ["allowed"] * 3
    assert allowed.json["allowances"]["allow_gates"] == ["champion"]
    assert laboratory.content["aliases"] == {"champion": 2}
    tags = laboratory.client.get_model_version("mnist", "2").tags
    (event,) = (
        json.loads(text) for key, text in tags.items() if key.startswith("registrar_event_")
    )
    assert [verdict["state"] for verdict in event["verdicts"]] == ["allowed"] * 3
    # No move, no judgement: a metric that is logged later never turns `check` red.
    assert laboratory("check").code == 0
    # Back to the first version: its numbers are better than those of the one that it replaces.
    laboratory.write(first)
    assert laboratory("apply").code == 0
    assert laboratory.content["aliases"] == {"champion": 1}


def test_a_metric_that_is_logged_after_the_approval_voids_it(laboratory: Laboratory) -> None:
    laboratory.write(laboratory.log_model(accuracy=0.96, latency_ms=20))
    assert laboratory("apply").code == 0
    candidate = laboratory.log_model(accuracy=0.97, latency_ms=20)
    laboratory.write(candidate)
    planned = laboratory("plan", "out=plan.json", "output=json")
    assert planned.code == 0, planned
    (evidence,) = planned.json["models"][0]["evidence"]
    assert list(Draft202012Validator(load_schema("evidence.json")).iter_errors(evidence)) == []
    assert evidence["metrics"]["accuracy"][0]["value"] == 0.97
    assert evidence["aliases"]["champion"]["change"]["accuracy"] == {"test": 0.01}
    before = laboratory.content
    laboratory.log(candidate.removeprefix("models:/"), "accuracy", 0.98)

    by_checksum = laboratory("apply", f"checksum={planned.json['checksum']}")
    by_file = laboratory.run("apply", "plan=plan.json", MLFLOW_TRACKING_URI=laboratory.uri)

    assert by_checksum.code == 6, by_checksum
    assert "mnist: accuracy of the alias 'champion' is not what was approved." in by_file.err
    assert by_file.code == 6, by_file
    assert laboratory.content == before
    laboratory.log(candidate.removeprefix("models:/"), "accuracy", 0.97)
    # The same number at another step is another measurement; so is a gate that is gone.
    laboratory.write(candidate, gates={})
    laxer = laboratory.run("apply", "plan=plan.json", MLFLOW_TRACKING_URI=laboratory.uri)
    assert laxer.code == 6, laxer
    assert "latency_ms of the alias 'champion' is not what was approved." in laxer.err
    # The version that would be replaced is gone: nothing to compare with, so nothing is approved.
    laboratory.write(candidate)
    laboratory.client.delete_model_version("mnist", "1")
    deleted = laboratory.run("apply", "plan=plan.json", MLFLOW_TRACKING_URI=laboratory.uri)
    assert deleted.code == 6, deleted


@pytest.mark.exhaustive
def test_an_approved_plan_is_performed_with_its_allowances(laboratory: Laboratory) -> None:
    laboratory.write(laboratory.log_model(accuracy=0.5))
    planned = laboratory("plan", "allow_gates=champion", "out=plan.json")
    assert planned.code == 0, planned
    shown = laboratory.run("show", "plan=plan.json")
    assert "Allowed: allow_gates=champion\n" in shown.out
    assert "fails, and is allowed: it was not measured" in shown.out
    applied = laboratory.run("apply", "plan=plan.json", MLFLOW_TRACKING_URI=laboratory.uri)
    assert applied.code == 0, applied
    # As if it had been killed before its last write: the version that now exists is judged alike.
    laboratory.client.delete_registered_model_alias("mnist", "champion")
    again = laboratory.run("apply", "plan=plan.json", MLFLOW_TRACKING_URI=laboratory.uri)
    assert again.code == 0, again
    assert laboratory.content["aliases"] == {"champion": 1}


def test_a_script_gives_gates_and_permissions_as_arguments(
    laboratory: Laboratory, script: Callable[..., Any]
) -> None:
    first, second = laboratory.log_model(accuracy=0.9), laboratory.log_model(accuracy=0.8)
    told = script(
        "import registrar\n"
        "gates = {'champion': {'metrics': {'accuracy': {'min_change': 0}}}}\n"
        "def register(uri, **more):\n"
        "    model = {'name': 'mnist', 'uri': uri, 'aliases': ['champion'], 'gates': gates}\n"
        "    model |= {'verify': False}\n"
        "    return registrar.apply({'model': model, **more}).to_dict()['models'][0]['verdicts']\n"
        "answer = [register(argv[0])]\n"
        "try:\n    register(argv[1])\n"
        "except registrar.RefusedError as error:\n    answer.append(str(error))\n"
        "try:\n    registrar.register('mnist', argv[1], gates={'champion': {'accuracy': 1}})\n"
        "except registrar.ConfigError as error:\n    answer.append(str(error))\n"
        "answer.append(register(argv[1], apply={'allow_gates': ['champion']}))\n",
        first,
        second,
    )
    states = [verdict[0]["state"] for verdict in (told[0], told[3])]
    assert states == ["holds", "allowed"]
    assert "accuracy: it changed by -0.1, which is less than min_change 0." in told[1]
    assert told[2].startswith("gates.champion.accuracy: unknown key 'accuracy'")


@pytest.mark.exhaustive
def test_the_gates_of_the_chosen_file_hold_for_promote(
    small_model_repository: Path, laboratory: Laboratory
) -> None:
    assert small_model_repository == laboratory.repository
    laboratory.write("models/mnist", verify=True, aliases=[], metadata={"lr": 1})
    assert laboratory("apply").code == 0
    words = ("promote", "version=1", "as=digits", "aliases=[champion]")
    refused = laboratory(*words)
    assert refused.code == 6, refused
    assert "digits: the gate of the alias 'champion' fails: accuracy: it was not measured." in (
        refused.err
    )
    assert [model.name for model in laboratory.client.search_registered_models()] == ["mnist"]
    assert laboratory(*words, "dry_run=true").code == 6
    assert laboratory(*words, "allow_gates=champion").code == 0
    # Aliases without a gate need to show nothing.
    assert laboratory("promote", "version=1", "as=others", "aliases=[challenger]").code == 0

"""Rules on a real registry: printed, refused, waived and recorded in a plan file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import Result

RULES = {
    "owner": {
        "message": "every model has an owner team/repository",
        "schema": {"properties": {"owner": {"pattern": "^[a-z]+/"}}},
    },
    "floor": {
        "aliases": ["champion"],
        "level": "warn",
        "schema": {
            "properties": {
                "metrics": {
                    "properties": {
                        "accuracy": {"items": {"properties": {"value": {"minimum": 0.95}}}}
                    }
                }
            }
        },
    },
    "no-loss": {
        "aliases": ["champion"],
        "models": ["mn*"],
        "message": "a champion is no worse than the one before",
        "schema": {
            "if": {
                "properties": {"aliases": {"properties": {"champion": {"required": ["change"]}}}}
            },
            "then": {
                "properties": {
                    "aliases": {
                        "properties": {
                            "champion": {
                                "properties": {
                                    "change": {
                                        "properties": {
                                            "accuracy": {
                                                "properties": {"unrecorded": {"minimum": 0}}
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            },
        },
    },
}


class Team:
    """A repository with a policy, and a registry."""

    def __init__(self, run: Callable[..., Result], repository: Path, client: MlflowClient) -> None:
        self.run, self.repository, self.client = run, repository, client
        configs = repository / "configs"
        (configs / "policy").mkdir()
        (configs / "policy" / "company.yaml").write_text(yaml.safe_dump(RULES))
        primary = "defaults: [registrar, _self_, {override policy: company}]\n"
        (configs / "config.yaml").write_text(primary)

    def log_model(self, accuracy: float) -> str:
        """Return the URI of a run's model, where the run has measured this accuracy."""
        run = self.client.create_run("0").info.run_id
        self.client.log_metric(run, "accuracy", accuracy)
        return f"runs:/{run}/model"

    def write(self, uri: str, **fields: Any) -> None:
        """Write the file of mnist."""
        model = {"name": "mnist", "uri": uri, "verify": False, "aliases": ["champion"], **fields}
        (self.repository / "configs/model/mnist.yaml").write_text(yaml.safe_dump(model))

    def __call__(self, *words: str) -> Result:
        """Run a command on mnist."""
        return self.run(*words, "model=mnist")


@pytest.fixture
def team(
    repository: Path,
    registrar: Callable[..., Result],
    database: str,
    mlflow_client: Callable[[str], MlflowClient],
) -> Team:
    return Team(registrar, repository, mlflow_client(database))


def states(result: Result) -> list[tuple[str, str]]:
    return [(v["name"], v["state"]) for v in result.json["models"][0]["verdicts"]]


def test_rules_refuse_warn_and_are_waived(team: Team) -> None:
    first = team.log_model(0.9)
    team.write(first)
    refused = team("plan", "+model.gates={champion: {metadata: [lr]}}")
    assert refused.code == 6, refused
    assert "the gate of the alias 'champion' fails: metadata: there is no tag lr" in refused.err
    assert refused.err.endswith(  # at the model's name, and the gate at its own place
        "configs/model/mnist.yaml:3:1: mnist breaks the rule 'owner' (every model has an owner "
        "team/repository): owner is absent. Correct it, or waive the rule with waive=owner.\n"
    )
    assert "FAILS: owner is absent" in refused.out

    applied = team("apply", "owner=vision/mnist", "output=json")
    assert applied.code == 0, applied
    assert states(applied) == [("floor", "warns"), ("no-loss", "holds"), ("owner", "holds")]
    (evidence,) = applied.json["models"][0]["evidence"]
    assert evidence["metrics"]["accuracy"][0]["value"] == 0.9
    assert evidence["aliases"]["champion"]["replaces"] is None
    before = content(team.client, "mnist")

    uri = team.log_model(0.89)
    team.write(uri, owner="vision/mnist")
    worse = team("apply")
    assert worse.code == 6, worse
    assert "rule no-loss" in worse.out
    assert "aliases.champion.change.accuracy.unrecorded: -0.01 is less than 0" in worse.err
    assert content(team.client, "mnist") == before

    planned = team("plan", "waive=no-loss")
    assert planned.code == 0, planned
    assert "Allowed: waive=no-loss\n" in planned.out
    checksum = re.findall("Checksum (.*)", planned.out)[0]
    team.client.log_metric(uri.split("/")[1], "accuracy", 0.88)
    assert team("apply", "waive=no-loss", f"checksum={checksum}").code == 6

    assert team("plan", "waive=no-loss", "out=plan.json").code == 0
    performed = team.run("apply", "plan=plan.json", "output=json")
    assert performed.code == 0, performed
    assert states(performed) == [("floor", "warns"), ("no-loss", "allowed"), ("owner", "holds")]

"""What gates and rules ask of a server: few requests, none without a gate, and no verdict without an answer."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from registrar import registry as registries
from registrar.changes.changes import SetAlias
from registrar.changes.plan import ModelPlan, Plan
from registrar.commands.verdicts import with_verdicts
from registrar.config.mapping import job_from_mapping
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion, Source
from tests.support.proxy import Reply, record_requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import Result

GATES = {"champion": {"metrics": {"accuracy": {"min": 0.5, "min_change": 0}}}}
# The same as a rule of a policy.
CHANGE = {"properties": {"accuracy": {"properties": {"unrecorded": {"minimum": 0}}}}}
SCHEMA = {
    "properties": {
        "metrics": {"required": ["accuracy"]},
        "aliases": {"properties": {"champion": {"properties": {"change": CHANGE}}}},
    }
}
GATED = {"model": {"name": "m", "gates": GATES}, "server": {}}
RULED = {"model": {"name": "m"}, "server": {}, "policy": {"no-loss": {"schema": SCHEMA}}}
CONFIG = """\
name: mnist
uri: {uri}
verify: false
aliases: [champion]
gates: {{champion: {{metrics: {{accuracy: {{min: 0.5}}}}}}}}
"""


def log_models(client: MlflowClient, count: int) -> list[str]:
    """Log models of which each has a higher accuracy than the one before; return their URIs."""
    run_id = client.create_run("0").info.run_id
    uris = []
    for number in range(count):
        model = client.create_logged_model("0", source_run_id=run_id)
        client.finalize_logged_model(model.model_id, "READY")
        value = 0.5 + number / 1000
        client.log_metric(run_id, "accuracy", value, model_id=model.model_id)
        uris.append(str(model.model_uri))
    return uris


def test_a_look_that_fails_is_no_verdict(
    server: str,
    repository: Path,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], MlflowClient],
) -> None:
    client = mlflow_client(server)
    (uri,) = log_models(client, 1)
    path = repository / "configs" / "model" / "mnist.yaml"
    path.write_text(CONFIG.format(uri=uri))

    def fail(request: Any) -> Reply | None:
        if request.path.endswith("logged-models/search"):
            return Reply(503, json.dumps({"error_code": "TEMPORARILY_UNAVAILABLE"}))
        return None

    with record_requests(server, fail) as (url, requests):
        applied = registrar(
            "model=mnist",
            "apply.allow_gates=[champion]",
            "server.timeout=1",
            MLFLOW_TRACKING_URI=url,
        )
    assert applied.code == 4, applied
    assert [request for request in requests if request.writes] == []
    assert client.search_registered_models() == []

    path.write_text(CONFIG.format(uri=uri).replace("champion: {m", "challenger: {m"))
    with record_requests(server) as (url, requests):
        assert registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=url).code == 0
    assert [r for r in requests if "logged-models/search" in r.path] == []


@pytest.mark.parametrize("count", [5, pytest.param(1000, marks=pytest.mark.exhaustive)])
def test_the_numbers_of_all_models_are_read_together(
    server: str, mlflow_client: Callable[[str], MlflowClient], count: int
) -> None:
    uris = log_models(mlflow_client(server), count + 1)
    models = []
    for number, (before, after) in enumerate(itertools.pairwise(uris)):
        observed = ObservedModel(
            f"m{number}",
            versions=(ObservedVersion(1, source=before), ObservedVersion(2, source=after)),
        )
        desired = DesiredModel(f"m{number}", versions=(DesiredVersion(Source(after, "")),))
        move = SetAlias(0, "champion", 1, 2)
        models.append(ModelPlan(f"m{number}", desired, observed, (2,), (move,)))
    with (
        record_requests(server) as (url, requests),
        registries.connect({"tracking_uri": url}, writes=False) as backend,
    ):
        plan = Plan(backend.registry.server, tuple(models))
        executor = Executor(backend, Interrupt())
        for config, each in ((GATED, 1), (RULED, 1), ({**RULED, **GATED}, 2)):
            sent = len(requests)
            judged = with_verdicts(plan, [job_from_mapping(config, "plan")] * count, executor)
            assert len(requests) - sent <= 40
            states = [verdict.state for model in judged.models for verdict in model.verdicts]
            assert states == ["holds"] * count * each

"""With `best`, a sweep registers only its best model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.process.callbacks.app import best, registered, trained
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import Result

    Client = Callable[[str], MlflowClient]


@pytest.mark.parametrize(
    ("overrides", "chosen"),
    [
        pytest.param(["accuracy=0.1,0.9,0.2", best()], "0.9", marks=pytest.mark.exhaustive),
        (["accuracy=0.1,0.9,0.2", best(mode="min"), "tells=mapping"], "0.1"),
        (["accuracy=0.5,0.9,0.9", best(), "tells=number"], "0.9"),
        (["accuracy=nan,0.1", best()], "0.1"),
    ],
)
def test_a_sweep_registers_only_the_best_model(
    train: Callable[..., Result],
    database: str,
    mlflow_client: Client,
    overrides: list[str],
    chosen: str,
) -> None:
    done = train("--multirun", *overrides)
    assert done.code == 0, done.err
    client = mlflow_client(database)
    assert registered(client) == {1: chosen}
    tags = content(client, "digits")["versions"][1]["tags"]
    assert tags["hydra_overrides"].partition(" ")[0] == f"accuracy={chosen}"
    runs = client.search_runs(["0"], order_by=["start_time ASC"])
    first = next(run for run, value in zip(runs, values(overrides), strict=True) if value == chosen)
    assert tags["run_id"] == first.info.run_id


def values(overrides: list[str]) -> list[str]:
    """What the jobs of a sweep were told, in order."""
    return overrides[0].removeprefix("accuracy=").split(",")


@pytest.mark.parametrize(
    ("overrides", "code", "message", "jobs"),
    [
        (["accuracy=0.1,0.9", "fails=true,false", best()], 1, "ValueError: diverged", 4),
        (["accuracy=1,2", "tells=mapping", best("acc")], 1, "Known metrics: accuracy.", 2),
        (["accuracy=nan,nan", best()], 2, "no job of the sweep has a finite accuracy", 2),
        (["accuracy=0.1", best(mode="most")], 1, "is not a metric and a mode", 0),
    ],
)
def test_a_sweep_without_a_best_model_fails_and_registers_nothing(
    train: Callable[..., Result],
    database: str,
    mlflow_client: Client,
    small_model_repository: Path,
    overrides: list[str],
    code: int,
    message: str,
    jobs: int,
) -> None:
    done = train("--multirun", *overrides)
    assert (done.code, len(trained(small_model_repository))) == (code, jobs), done.err
    assert message in done.err
    assert registered(mlflow_client(database)) == {}


@pytest.mark.exhaustive
def test_the_best_model_becomes_champion_only_if_it_is_better(
    train: Callable[..., Result], database: str, mlflow_client: Client
) -> None:
    gate = "+registration.model.gates={champion: {metrics: {accuracy: {min_change: 0.001}}}}"
    words = ("registration.model.aliases=[champion]", gate, best())
    client = mlflow_client(database)
    assert train("--multirun", "accuracy=0.1,0.9", *words).code == 0
    worse = train("--multirun", "accuracy=0.2,0.9", *words)
    assert worse.code == 6, worse
    assert "accuracy: it changed by 0, which is less than min_change 0.001." in worse.err
    assert registered(client) == {1: "0.9"}
    assert train("--multirun", "accuracy=0.2,0.901", *words).code == 0
    assert content(client, "digits")["aliases"] == {"champion": 2}

"""The first `plan`, `check` and `apply`: what is said, what is registered, what is left behind."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from tests.process.apply.mnist import (
    APPLIED,
    DESCRIPTION,
    DIGEST,
    NOTHING_TO_DO,
    PLANNED,
    SIGNATURE,
)
from tests.support.mlflow_server import BACKENDS
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


PREDICT = """
import mlflow
from sklearn.datasets import load_digits
pixels, digits = load_digits(return_X_y=True)
model = mlflow.pyfunc.load_model(argv[0])
answer = (model.predict(pixels[-200:]) == digits[-200:]).mean()
"""


@pytest.mark.parametrize("backend", BACKENDS, indirect=True)
def test_a_first_apply_registers_and_a_second_has_nothing_to_do(
    run: Callable[..., Result], client: Any, backend: str
) -> None:
    first = run()
    assert (first.code, first.err) == (0, "")
    assert first.out == f"{APPLIED}Applied to {backend}: 3 created.\n"
    found = content(client, "mnist")
    assert found == {
        "description": "Handwritten digits",
        "tags": {"team": "vision", "registrar_managed": '["@champion","team"]'},
        "aliases": {"champion": 1},
        "moves": {"champion": [(None, 1)]},
        "versions": {
            1: {
                "description": DESCRIPTION,
                "tags": {
                    "lr": "0.003",
                    "epochs": "5",
                    "optimizer": "Adam",
                    "registrar_managed": '["epochs","lr","optimizer"]',
                    "registrar_config": "mnist",
                    "registrar_digest": DIGEST,
                    "registrar_model_signature": SIGNATURE,
                },
                "source": "models:/m-...",
            }
        },
    }
    second = run()
    assert (second.code, second.out, second.err) == (0, NOTHING_TO_DO, "")
    assert [state for _, state in uploads(client, "registrar")] == ["READY"]


@pytest.mark.exhaustive  # an example of the README predicts digits in each run
def test_the_registered_model_predicts_digits(
    run: Callable[..., Result], script: Callable[..., Any]
) -> None:
    run()
    assert float(script(PREDICT, "models:/mnist@champion")) > 0.9


@pytest.mark.parametrize("backend", BACKENDS, indirect=True)
def test_plan_writes_nothing(run: Callable[..., Result], client: Any, backend: str) -> None:
    result = run("plan")
    assert (result.code, result.err) == (0, "")
    head, checksum = result.out.split("Checksum ")
    assert head == f"{PLANNED}Plan for {backend}: 3 to create.\n"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", checksum)
    assert list(client.search_registered_models()) == []
    assert client.get_experiment_by_name("registrar") is None


@pytest.mark.parametrize(("command", "code"), [("plan", 0), ("check", 3)])
def test_plan_and_check_create_no_database(
    registrar: Callable[..., Result], repository: Path, command: str, code: int
) -> None:
    assert registrar(command, "model=mnist").code == code
    assert sorted(path.name for path in repository.iterdir()) == ["configs", "models"]


def test_the_embedded_default_creates_its_database_and_nothing_else(
    registrar: Callable[..., Result], repository: Path
) -> None:
    result = registrar("model=mnist")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{APPLIED}Applied to sqlite:///mlflow.db: 3 created.\n"
    names = ["configs", "mlflow.db", "mlruns", "models"]
    assert sorted(path.name for path in repository.iterdir()) == names


@pytest.mark.parametrize("backend", BACKENDS, indirect=True)
def test_apply_leaves_only_what_the_backend_needs(
    run: Callable[..., Result], repository: Path, backend: str
) -> None:
    run()
    run()
    made = {path.name for path in repository.iterdir()} - {"configs", "models"}
    assert made == ({"mlflow.db", "mlruns"} if backend.startswith("sqlite") else set())


def test_check_exits_with_3_on_a_difference_and_with_0_without(
    run: Callable[..., Result], backend: str
) -> None:
    before = run("check")
    assert before.code == 3
    assert f"\n{backend} differs: 3 to create.\n" in before.out
    run()
    after = run("check")
    assert (after.code, after.out) == (0, NOTHING_TO_DO)


def test_an_approved_plan_is_applied_and_another_one_refused(
    run: Callable[..., Result], client: Any, change: Callable[[str], None]
) -> None:
    approved = run("plan", "output=json").json["checksum"]
    change("B")
    refused = run("apply", f"checksum={approved}")
    now = run("plan", "output=json").json["checksum"]
    assert refused.code == 6
    assert refused.err == (
        f"the checksum of the plan is {now}, not {approved}. The registry or the configuration "
        "has changed since: look at the plan again.\n"
    )
    assert list(client.search_registered_models()) == []
    assert client.get_experiment_by_name("registrar") is None
    assert run("apply", f"checksum={now}").code == 0
    assert content(client, "mnist")["aliases"] == {"champion": 1}


def test_json_of_plan_and_apply_hold_the_same_changes_in_the_same_order(
    run: Callable[..., Result], backend: str
) -> None:
    planned, applied = run("plan", "output=json").json, run("apply", "output=json").json
    assert planned["checksum"] == applied["checksum"]
    server = {"registry_uri": backend, "version": metadata.version("mlflow")}
    assert planned["server"] == applied["server"] == server
    (before,), (after,) = planned["models"], applied["models"]
    assert [change["version"] for change in before["changes"]] == [None] * 4
    assert [change["version"] for change in after["changes"]] == [None, 1, 1, 1]
    alias = after["changes"][3]
    assert (before["changes"][3]["after"], alias["after"]) == (None, 1)
    assert [{**c, "version": None} for c in after["changes"][:2]] == before["changes"][:2]
    assert after["changes"] == after["done"]
    assert after["left"] == []
    (version,) = after["versions"]
    assert (version["version"], version["action"], version["source"]) == (
        1,
        "create",
        "models/mnist",
    )
    summary = {
        "create": 3,
        "update": 0,
        "move": 0,
        "remove": 0,
        "adopt": 0,
        "records": 1,
        "unchanged": 0,
    }
    assert planned["summary"] == applied["summary"] == summary
    again = run("apply", "output=json").json
    assert (again["exit_code"], again["summary"]) == (
        0,
        {**summary, "create": 0, "records": 0, "unchanged": 1},
    )

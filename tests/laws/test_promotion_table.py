"""The table of promotions in docs/gates.md: who moves the alias `champion`, measured here.

In each situation version 2 is to become champion in the place of version 1, if its accuracy on the
dataset `test` is 1 % better. MLflow's validator, the script that teams write, and a gate decide on the
same registry. `UPDATE_DOCS=1` writes the rows that run into the pages.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest
import yaml

from tests.docs.markdown import table
from tests.support.proxy import Reply, record_requests
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.proxy import Request
    from tests.support.registrar_process import Result

Decision: TypeAlias = Literal["promoted", "refused", "stops"]
Numbers: TypeAlias = "tuple[tuple[float, str], ...]"

PAGE, README = ROOT / "docs" / "gates.md", ROOT / "README.md"
LIBRARY = f"mlflow.validate_evaluation_results` {version('mlflow')}"

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


@dataclass(frozen=True)
class Situation:
    """What was measured of both versions, and what happens beside; `right` is what should be done."""

    right: Decision
    champion: Numbers | None
    candidate: Numbers
    event: Literal["", "moves", "deleted", "logged", "breaks", "run gone", "no answer"] = ""
    asked: float = 0.01
    absolute: bool = False


def on_test(value: float) -> Numbers:
    return ((value, "test"),)


SITUATIONS = {
    "accuracy rises from 0.80 to 0.90": Situation("promoted", on_test(0.8), on_test(0.9)),
    "accuracy falls from 0.90 to 0.80": Situation("refused", on_test(0.9), on_test(0.8)),
    "it rises from 0.80 to 0.85, and 0.05 is asked for": Situation(
        "promoted", on_test(0.8), on_test(0.85), asked=0.05, absolute=True
    ),
    "the new version was never measured": Situation("refused", on_test(0.8), ()),
    "the new accuracy is NaN": Situation("refused", on_test(0.9), on_test(float("nan"))),
    "the new accuracy is infinite": Situation("refused", on_test(0.9), on_test(float("inf"))),
    "the champion was never measured": Situation("refused", (), on_test(0.5)),
    "the champion's run is gone": Situation(
        "refused", on_test(0.9), on_test(0.5), event="run gone"
    ),
    "the server answers 503 when the champion is looked up": Situation(
        "stops", on_test(0.9), on_test(0.5), event="no answer"
    ),
    "0.80 on `test`, then 0.99 on `small`": Situation(
        "refused", on_test(0.9), ((0.8, "test"), (0.99, "small"))
    ),
    "0.99 on other content of `test`": Situation("refused", on_test(0.9), ((0.99, "test 2"),)),
    "the champion's accuracy is 0, so 1 % says nothing": Situation(
        "refused", on_test(0.0), on_test(0.001)
    ),
    "there is no champion yet": Situation("promoted", None, on_test(0.9)),
    "somebody moves the alias to a better version meanwhile": Situation(
        "refused", on_test(0.8), on_test(0.9), event="moves"
    ),
    "somebody deletes the champion meanwhile": Situation(
        "refused", on_test(0.8), on_test(0.9), event="deleted"
    ),
    "a worse number is logged after the comparison": Situation(
        "refused", on_test(0.8), on_test(0.9), event="logged"
    ),
    "the new version needs an input that callers do not send": Situation(
        "refused", on_test(0.8), on_test(0.9), event="breaks"
    ),
}
SHOWN = {  # in the README
    "the new accuracy is NaN",
    "the champion's run is gone",
    "0.80 on `test`, then 0.99 on `small`",
}


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "backend"),
    [
        (name, "http" if situation.event == "no answer" else "sqlite")
        for name, situation in SITUATIONS.items()
    ],
    indirect=["backend"],
)
def test_the_table_of_promotions_is_what_happens(
    name: str,
    script: Callable[..., Any],
    registrar: Callable[..., Result],
    repository: Path,
    backend: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    situation = SITUATIONS[name]
    row = json.dumps(asdict(situation))
    code = START + PREPARE + MEANWHILE + LIBRARY_SCRIPT + USUAL_SCRIPT + DECIDE

    def meanwhile() -> None:
        script(f"{START}{MEANWHILE}\nanswer = meanwhile('gated')", row)

    with look_at(backend, situation) as seen:
        library, usual = script(code, row, seen, backend)
        run = functools.partial(registrar, "server.timeout=1", MLFLOW_TRACKING_URI=seen)
        gated = with_gate(situation, run, repository, meanwhile, mlflow_client(backend))
    measured = [situation.right, library, usual, gated]
    print(f"| {name} | {' | '.join(measured)} |")
    assert gated == situation.right
    check_row(PAGE, name, measured)
    if name in SHOWN:
        check_row(README, name, measured[1:])


@contextlib.contextmanager
def look_at(backend: str, situation: Situation) -> Iterator[str]:
    """Yield the URI at which the registry is seen, where some looks may have no answer."""
    if situation.event != "no answer":
        yield backend
        return

    def fail(request: Request) -> Reply | None:
        is_look = not request.writes and "/registered-models/" in request.path
        # The script's look is for the alias. MLflow gets the model once more to move an alias.
        is_before_move = "registered-models/get?name=script" in request.target
        return Reply(503, "") if is_look and not is_before_move else None

    with record_requests(backend, fail) as (url, _):
        yield url


def with_gate(
    situation: Situation,
    registrar: Callable[..., Result],
    repository: Path,
    meanwhile: Callable[[], None],
    client: Any,
) -> Decision:
    """Return what becomes of a promotion by a file with a gate, planned, approved and applied."""
    asked = situation.asked if situation.absolute else f"{situation.asked:.0%}"
    gate = {"dataset": "test", "metrics": {"accuracy": {"min_change": asked}}}
    if situation.event == "breaks":
        gate["signature"] = "compatible"
    model = {"name": "gated", "version": 2, "aliases": ["champion"], "gates": {"champion": gate}}
    (repository / "configs" / "model" / "gated.yaml").write_text(yaml.safe_dump(model))
    approved = []
    if situation.event in {"moves", "deleted", "logged"}:
        planned = registrar("plan", "model=gated", "output=json")
        approved = [f"checksum={planned.json['checksum']}"]
        meanwhile()
    applied = registrar("apply", "model=gated", *approved)
    is_promoted = client.get_registered_model("gated").aliases.get("champion") in {"2", 2}
    decisions: dict[tuple[int, bool], Decision] = {
        (0, True): "promoted",
        (6, False): "refused",
        (4, False): "stops",
    }
    return decisions[applied.code, is_promoted]


def check_row(page: Path, name: str, measured: list[str]) -> None:
    """Hold a row of a page to what was measured; with another MLflow, registrar's cell alone."""
    if os.environ.get("UPDATE_DOCS"):
        row = f"| {name} | {' | '.join(measured)} |"
        lines = page.read_text().split("\n")
        changed = [row if line.startswith(f"| {name} |") else line for line in lines]
        page.write_text("\n".join(changed))
        return
    cells = table(page, "promotions")[name]
    assert cells[-1] == measured[-1]
    if LIBRARY in page.read_text():
        assert cells == measured


def test_the_pages_have_the_rows_of_this_table() -> None:
    whole, short = (table(page, "promotions") for page in (PAGE, README))
    assert {name: cells[0] for name, cells in whole.items()} == {
        name: situation.right for name, situation in SITUATIONS.items()
    }
    assert short == {name: whole[name][1:] for name in whole if name in SHOWN}

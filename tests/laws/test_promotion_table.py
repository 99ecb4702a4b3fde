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
from tests.laws.promotion_scripts import HAPPEN_MEANWHILE, PROMOTE_BOTH
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

    def meanwhile() -> None:
        script(HAPPEN_MEANWHILE, row)

    with look_at(backend, situation) as seen:
        library, usual = script(PROMOTE_BOTH, row, seen, backend)
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

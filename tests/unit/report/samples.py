"""Plans, outcomes and reports whose text, Markdown and JSON the tests here compare."""

from __future__ import annotations

from typing import Any

from registrar.changes.diff import diff
from registrar.changes.plan import ModelPlan, Plan
from registrar.errors import IncompleteError, Problem, UnreachableError
from registrar.report import Outcome, Report
from registrar.state import (
    DesiredModel,
    DesiredVersion,
    File,
    Note,
    ObservedModel,
    ObservedVersion,
    Server,
    Source,
)

URI = "sqlite:///mlflow.db"
SERVER = Server(URI, URI, "3.17.2")
DIGEST = "sha256:3f1c" + "0" * 60
LEFTOVER = Note("leftover-upload", "version 1", {"reason": "denied"})
FILE = File("MLmodel", "/repository/models/mnist/MLmodel", 512)


def declared(**fields: Any) -> DesiredModel:
    """The sample of the README."""
    version = DesiredVersion(
        source=Source("models/mnist", DIGEST, directory="/repository/models/mnist", files=(FILE,)),
        description=fields.pop("description", "Two layers"),
        tags=fields.pop("metadata", {"lr": "0.003", "a_rather_long_key": "x"}),
        aliases=("champion",),
        config="mnist",
    )
    return DesiredModel("mnist", "Digits", {"team": "vision"}, (version,))


def differing() -> ObservedModel:
    """A server that differs from the sample in every way."""
    first = ObservedVersion(
        1,
        DIGEST,
        "models:/m-1",
        description="One layer",
        tags={"lr": "0.01", "old": "", "a_rather_long_key": "x"},
        aliases=("old",),
        managed=("a_rather_long_key", "lr", "old"),
        config="mnist",
    )
    second = ObservedVersion(2, "sha256:" + "5" * 64, aliases=("champion",))
    managed = ("@champion", "@old", "team")
    return ObservedModel("mnist", "", {"team": "nlp"}, (first, second), managed)


def matching() -> ObservedModel:
    version = declared().versions[0]
    tags = version.tags or {}
    managed = tuple(sorted(tags))
    found = ObservedVersion(1, DIGEST, "m", None, "Two layers", tags, ("champion",), managed)
    return ObservedModel("mnist", "Digits", {"team": "vision"}, (found,), ("@champion", "team"))


def plan_of(desired: DesiredModel, observed: ObservedModel | None) -> ModelPlan:
    return diff("mnist", desired, observed, "configs/model/mnist.yaml")


def report(command: str, *models: ModelPlan, code: int = 0) -> Report:
    return Report(command, code, Plan(SERVER, models))


def stopped() -> Report:
    """An apply that lost its server after two of four changes."""
    whole = plan_of(declared(), None)
    lost = UnreachableError(Problem("example", "the server went away", "Start it again."))
    outcome = Outcome(whole, whole.changes[:2], whole.changes[2:], (LEFTOVER,), lost)
    error = IncompleteError(
        *lost.problems, Problem("example", "Stopped midway; run it again to finish")
    )
    return Report("apply", 5, Plan(SERVER, (whole,)), (outcome,), error)

"""What becomes of the other models when the execution of one fails."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.changes import Context, CreateVersion
from registrar.changes.diff import diff
from registrar.changes.plan import ModelPlan, Plan
from registrar.errors import BugError, OutcomeUnknownError, ServerError, UnreachableError
from registrar.execution.execute import execute, remove_late_duplicates
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.registry import Backend
from registrar.report import Outcome
from registrar.state import DesiredModel, ObservedModel, ObservedVersion, Server, Source, Stored
from tests.unit.execution.memory import MemoryRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVER = Server("http://r", "http://r")


class BuggyRegistry:
    """A registry that fails with a bug for the model `bad`."""

    server = SERVER

    def __init__(self) -> None:
        self.descriptions: dict[str, str] = {}

    def observe_for(self, desired: Iterable[DesiredModel]) -> dict[str, ObservedModel]:
        return {
            model.name: ObservedModel(
                model.name, description=self.descriptions.get(model.name, "old")
            )
            for model in desired
        }

    def set_description(self, name: str, version: int | None, description: str) -> None:
        del version
        if name == "bad":
            message = "unexpected token=hunter2"
            raise TypeError(message)
        self.descriptions[name] = description


def test_a_bug_in_one_model_does_not_hide_what_became_of_the_others() -> None:
    plans = tuple(
        diff(name, DesiredModel(name, description="new"), ObservedModel(name, description="old"))
        for name in ("a", "bad", "c")
    )
    registry: Any = BuggyRegistry()
    backend = Backend(registry, None, (), is_remote=True)  # type: ignore[arg-type]
    a, bad, c = execute(Plan(SERVER, plans), Executor(backend, Interrupt(), parallelism=1))
    assert (len(a.done), len(bad.done), len(c.done)) == (1, 0, 1)
    assert (a.error, c.error, bad.left) == (None, None, plans[1].changes)
    assert isinstance(bad.error, BugError)
    assert isinstance(bad.error.__cause__, TypeError)
    assert bad.error.problems[0].message == (
        "this is a bug in registrar: TypeError: unexpected token=***"
    )
    # From a worker of a cluster the traceback arrives as text.
    received = pickle.loads(pickle.dumps(bad.error))
    assert received.traceback.startswith("Traceback (most recent call last):")
    assert "hunter2" not in received.traceback


def outcomes_of(error: Exception) -> tuple[Outcome, ...]:
    """What becomes of three models, of which the second fails."""
    plans = tuple(
        diff(name, DesiredModel(name, description="new"), ObservedModel(name, description="old"))
        for name in ("a", "b", "c")
    )
    registry: Any = BuggyRegistry()
    write = registry.set_description

    def set_description(name: str, version: int | None, description: str) -> None:
        if name == "b":
            raise error
        write(name, version, description)

    registry.set_description = set_description
    backend = Backend(registry, None, (), is_remote=True)  # type: ignore[arg-type]
    return execute(Plan(SERVER, plans), Executor(backend, Interrupt(), parallelism=1))


def test_after_a_failure_the_other_models_are_done() -> None:
    assert [len(outcome.done) for outcome in outcomes_of(ServerError("no"))] == [1, 0, 1]


@pytest.mark.parametrize(
    "error",
    [
        UnreachableError("gone"),
        OutcomeUnknownError("the reply was lost", *UnreachableError("gone").problems),
    ],
)
def test_a_server_that_is_gone_ends_the_run(error: Exception) -> None:
    outcomes = outcomes_of(error)
    assert [len(outcome.done) for outcome in outcomes] == [1, 0, 0]
    assert [len(outcome.left) for outcome in outcomes] == [0, 1, 1]


def test_an_interrupted_model_is_the_last_one() -> None:
    outcomes = outcomes_of(KeyboardInterrupt())  # type: ignore[arg-type]
    assert [len(outcome.left) for outcome in outcomes] == [0, 1, 1]


CREATE = CreateVersion(
    0,
    Source("s3://b/m", "sha256:1", stored="s3://b/m"),
    "",
    {"registrar_digest": "sha256:1"},
    context=Context(stored=Stored("s3://b/m", "s3://b/m")),
)


def test_what_a_lost_worker_created_late_is_deleted() -> None:
    copies = tuple(ObservedVersion(n, "sha256:1", "s3://b/m", managed=()) for n in (1, 2, 3))
    used = ObservedVersion(4, "sha256:1", "s3://b/m", aliases=("theirs",))
    memory = MemoryRegistry(ObservedModel("m", versions=(*copies, used)))
    registry: Any = memory
    plan = ModelPlan("m", DesiredModel("m"), None, (), (CREATE,))
    remove_late_duplicates([Outcome(plan, (CREATE,))], registry)
    assert memory.calls == [("delete_version", 2), ("delete_version", 3)]


def test_late_duplicates_that_cannot_be_deleted_are_left_to_the_next_run() -> None:
    copies = tuple(ObservedVersion(n, "sha256:1", "s3://b/m", managed=()) for n in (1, 2))
    memory = MemoryRegistry(
        ObservedModel("m", versions=copies), errors={"delete_version": [ServerError("no")]}
    )
    registry: Any = memory
    plan = ModelPlan("m", DesiredModel("m"), None, (), (CREATE,))
    remove_late_duplicates([Outcome(plan, (CREATE,))], registry)
    assert memory.count("delete_version") == 1

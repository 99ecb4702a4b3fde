"""What becomes of the other models when the execution of one fails."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.errors import BugError
from registrar.execution.execute import execute
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.registry import Backend
from registrar.state import DesiredModel, ObservedModel, Server

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

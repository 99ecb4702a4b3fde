"""A delete of several models that fails at one: 5 only where running it again can help."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from registrar.commands.delete import _delete, _Target
from registrar.commands.failures import explain_final_stop
from registrar.errors import AccessDeniedError, InvalidRequestError, ServerError, UnreachableError
from registrar.execution.interrupt import Interrupt
from registrar.report.results import Deletion
from registrar.state import ObservedModel
from tests.unit.report.samples import SERVER

AGAIN = "run it again to delete the others"
FOR_GOOD = explain_final_stop(can_repeat=True).message


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        (UnreachableError, 5, AGAIN),
        (ServerError, 5, AGAIN),
        (AccessDeniedError, 4, FOR_GOOD),
        (InvalidRequestError, 6, FOR_GOOD),
    ],
)
def test_a_delete_that_stops_says_whether_another_run_helps(
    kind: Any, code: int, message: str
) -> None:
    def delete_model(name: str) -> None:
        if name == "b":
            raise kind("no")

    registry = SimpleNamespace(delete_model=delete_model)
    backend: Any = SimpleNamespace(registry=registry, notes=())
    targets = [_Target(ObservedModel(name), None) for name in "abc"]
    report = _delete(targets, backend, Deletion(SERVER), None, Interrupt())
    assert report.exit_code == code
    assert report.error is not None
    assert {problem.message for problem in report.error.problems} == {"no", message}
    assert isinstance(report.payload, Deletion)
    assert [model.deleted for model in report.payload.models] == [True, False, False]

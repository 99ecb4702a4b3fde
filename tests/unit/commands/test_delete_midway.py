"""A delete of several models that stops at one: what is told of the others, and of their files."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.commands.delete import _delete, _Target
from registrar.commands.delete_uploads import Uploads
from registrar.commands.failures import explain_final_stop
from registrar.errors import (
    AccessDeniedError,
    InvalidRequestError,
    RefusedError,
    ServerError,
    UnreachableError,
)
from registrar.execution.interrupt import Interrupt
from registrar.report.results import Deletion
from registrar.state import ObservedModel, ObservedVersion, Stored
from tests.unit.report.samples import SERVER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.report import Report

AGAIN = "run it again to delete the others"
FOR_GOOD = explain_final_stop(can_repeat=True).message
UPLOADED = Stored("models:/m-1", "mlflow-artifacts:/0/models/m-1/artifacts", model_id="m-1")
READ = {
    name: ObservedModel(name, versions=(ObservedVersion(1, "sha256:1", f"models:/{name}"),))
    for name in "abc"
}


class Registry:
    """Models that others may have changed since they were read; `failure` is what deleting `b` raises."""

    def __init__(self, failure: Exception | None = None, **changed: ObservedModel) -> None:
        self.failure = failure
        self.models = READ | changed

    def observe(self, names: Iterable[str]) -> dict[str, ObservedModel]:
        return {name: self.models[name] for name in names if name in self.models}

    def delete_model(self, name: str) -> None:
        if self.failure is not None and name == "b":
            raise self.failure
        self.models.pop(name, None)


def delete(registry: Registry, *, files: bool = False) -> Report:
    """Delete the models that were read."""
    backend: Any = SimpleNamespace(registry=registry, notes=())
    targets = [_Target(model, None) for model in READ.values()]
    uploads = Uploads((UPLOADED,), frozenset()) if files else None
    config: Any = {"delete": {}}
    return _delete(targets, config, backend, Deletion(SERVER), Interrupt(), uploads=uploads)


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
    report = delete(Registry(kind("no")))
    assert report.exit_code == code
    assert report.error is not None
    assert {problem.message for problem in report.error.problems} == {"no", message}
    assert isinstance(report.payload, Deletion)
    assert [model.deleted for model in report.payload.models] == [True, False, False]


@pytest.mark.parametrize("files", [False, True])
def test_the_files_of_what_was_deleted_before_it_stopped_are_named(files: bool) -> None:
    report = delete(Registry(ServerError("no")), files=files)
    assert [(note.kind, note.values) for note in report.notes] == [
        ("files-stay", {"uploads": "models:/a"})
    ]


ALIASED = ObservedModel("a", versions=(ObservedVersion(1, aliases=("live",)),))
GROWN = ObservedModel("a", versions=(ObservedVersion(1), ObservedVersion(2)))


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (ALIASED, "alias-in-use"),
        (ObservedModel("a", owner="them/prod"), "other-owner"),
        (ObservedModel("a", protected=("live",), versions=ALIASED.versions), "protected-alias"),
        (GROWN, "stale-change"),
    ],
)
def test_what_others_have_changed_since_it_was_read_is_not_deleted(
    now: ObservedModel, code: str
) -> None:
    registry = Registry(a=now)
    with pytest.raises(RefusedError) as refusal:
        delete(registry)
    assert code in {problem.code for problem in refusal.value.problems}
    assert sorted(registry.models) == ["a", "b", "c"]


def test_what_others_have_deleted_meanwhile_is_no_failure() -> None:
    registry = Registry()
    del registry.models["b"]
    assert (delete(registry).exit_code, registry.models) == (0, {})


def test_a_model_that_others_have_changed_stops_the_ones_after_it() -> None:
    registry = Registry(b=ObservedModel("b", versions=ALIASED.versions))
    report = delete(registry)
    assert (report.exit_code, sorted(registry.models)) == (6, ["b", "c"])


def test_a_signal_ends_the_run_after_the_model_under_way() -> None:
    registry, interrupt = Registry(), Interrupt()

    def delete_model(name: str) -> None:
        del registry.models[name]
        interrupt.pending = True

    registry.delete_model = delete_model  # type: ignore[method-assign]
    backend: Any = SimpleNamespace(registry=registry, notes=())
    targets = [_Target(model, None) for model in READ.values()]
    report = _delete(targets, {"delete": {}}, backend, Deletion(SERVER), interrupt, uploads=None)
    assert (report.exit_code, sorted(registry.models)) == (130, ["b", "c"])

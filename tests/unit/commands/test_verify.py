"""`verify` when the server is lost, or a version: what was verified is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from registrar.commands import verify
from registrar.errors import NotFoundError, UnreachableError
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.report.verification import SameFiles, Verified
from registrar.state import ObservedVersion

if TYPE_CHECKING:
    import pytest


def test_a_lost_server_leaves_the_other_versions_unreadable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def read(_: Any, __: Any, item: Any) -> Any:
        asked.append(item.version.number)
        if item.version.number == 2:
            return UnreachableError("http://mlflow:5000 is gone")
        return verify._result_of(item, SameFiles(1))

    monkeypatch.setattr(verify, "_verify", read)
    items = [verify._Item("mnist", ObservedVersion(number), ()) for number in (1, 2, 3, 4)]
    nothing: Any = None
    versions = verify._verify_all(items, Executor(nothing, Interrupt(), parallelism=1))
    assert [version.status for version in versions] == ["same", *["unreadable"] * 3]
    assert asked == [1, 2]
    assert {version.detail for version in versions[1:]} == {"http://mlflow:5000 is gone"}
    error = verify._error_of(versions)
    assert error is not None
    assert error.exit_code == 4


def test_a_version_that_somebody_deleted_meanwhile_is_not_a_different_one() -> None:
    def get_location(name: str, number: int) -> str:
        message = f"{name} has no version {number}"
        raise NotFoundError(message)

    backend: Any = SimpleNamespace(registry=SimpleNamespace(get_location=get_location))
    item = verify._Item("mnist", ObservedVersion(1, "sha256:1"), ())
    verified = verify._verify(backend, Interrupt(), item)
    assert isinstance(verified, Verified)
    assert (verified.status, verified.detail) == (
        "unchecked",
        "somebody deleted it while this command ran",
    )
    assert verify._error_of([verified]) is None

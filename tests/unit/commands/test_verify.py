"""`verify` when the server is lost: what was verified is told, the rest is not readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.commands import verify
from registrar.errors import UnreachableError
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.report.verification import SameFiles
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

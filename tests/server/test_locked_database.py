"""An SQLite file that another process has locked."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from registrar.errors import UnreachableError
from registrar.registry import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCKED = "another process has locked the database"


@contextlib.contextmanager
def lock(uri: str, kind: str) -> Iterator[None]:
    """Hold a transaction that keeps others out, as another process does."""
    path = uri.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"BEGIN {kind}")
        yield


def test_a_write_is_given_up_within_the_timeout(
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        connect({"tracking_uri": database, "timeout": 2}, writes=True) as backend,
        lock(database, "IMMEDIATE"),
    ):
        began = time.monotonic()
        with pytest.raises(UnreachableError, match=LOCKED):
            backend.registry.create_model("locked", "", {})
        assert time.monotonic() - began < 15  # MLflow itself waits 20 seconds
        assert backend.registry.observe(["locked"]) == {}  # readers are not kept out
    assert "Traceback" not in capfd.readouterr().err


def test_connecting_is_given_up_within_the_timeout(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with lock(database, "EXCLUSIVE"):
        began = time.monotonic()
        connecting = connect({"tracking_uri": database, "timeout": 2}, writes=False)
        with pytest.raises(UnreachableError, match=LOCKED), connecting:
            pass
        assert time.monotonic() - began < 15

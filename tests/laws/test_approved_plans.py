"""Killed at any write of `apply plan=`, the same command finishes what was approved."""

from __future__ import annotations

import itertools
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.proxy import Fault, FaultKind, inject_fault
from tests.support.registry_snapshot import content, count_versions_ever, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

NAMES = itertools.count(1)
KILLS: tuple[FaultKind, ...] = ("kill before", "kill after")
# The first plan makes everything; the second changes everything that can change, and removes.
CONTENTS: dict[str, dict[str, Any]] = {
    "first": {"metadata": {"lr": 0.003, "epochs": 5}, "aliases": ["champion", "old"]},
    "second": {
        "metadata": {"lr": 0.01, "new": "x"},
        "description": "changed",
        "aliases": ["champion", "new"],
        "registered_model": {"description": "changed", "tags": {"team": "audio"}},
    },
}


@dataclass(frozen=True)
class Approved:
    """A model, and the plan for it that somebody approved."""

    fork_server: ForkServer
    repository: Path
    server: str
    client: Any
    steps: tuple[str, ...]

    def start(self, name: str, url: str, *argv: str) -> Any:
        fields = [f"model.name={name}", f"server.artifacts.experiment={name}"]
        arguments = [*argv, *fields, f"server.tracking_uri={url}"]
        return self.fork_server.start(arguments, self.repository)

    def prepare(self) -> str:
        """A model that has been through all steps but the last."""
        name = f"approved-{next(NAMES)}-{os.getpid()}"
        for step in self.steps[:-1]:
            result = self.start(name, self.server, "apply", f"models=[{step}]").wait()
            assert result.code == 0, result.err
        return name

    def apply_twice(self, kind: FaultKind, at: int) -> tuple[str, list[str], Result, Result]:
        """A plan through a proxy, applied with a fault at a write, and applied again."""
        name, step = self.prepare(), self.steps[-1]
        fault = Fault(kind, at)
        with inject_fault(self.server, fault) as url:
            out = f"{name}.json"
            planned = self.start(name, url, "plan", f"models=[{step}]", f"out={out}").wait()
            assert planned.code == 0, planned
            process = self.start(name, url, "apply", f"plan={out}")
            fault.kill = lambda: process.signal(signal.SIGKILL)
            first = process.wait()
            writes = list(fault.writes)
            second = self.start(name, url, "apply", f"plan={out}").wait()
        return name, writes, first, second


@pytest.fixture
def approved(
    request: pytest.FixtureRequest,
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> Approved:
    for name, fields in CONTENTS.items():
        text = yaml.safe_dump({"name": "any", "uri": "models/mnist", **fields})
        (small_model_repository / "configs" / "model" / f"{name}.yaml").write_text(text)
    steps = ("first",) if request.param == "first" else ("first", "second")
    return Approved(fork_server, small_model_repository, server, mlflow_client(server), steps)


@pytest.mark.parametrize(
    "approved", ["first", pytest.param("second", marks=pytest.mark.exhaustive)], indirect=True
)
def test_killed_at_each_write_the_same_command_finishes_it(
    approved: Approved, exhaustive: bool
) -> None:
    name, writes, first, second = approved.apply_twice("none", 0)
    assert (first.code, second.code) == (0, 0), (first, second)
    expected = content(approved.client, name)
    count = len(writes)
    assert count >= 5
    sample = 2 if len(approved.steps) == 1 else count  # amid the upload, or after the last write
    chosen = range(1, count + 1) if exhaustive else (sample,)
    for at, kind in itertools.product(chosen, KILLS if exhaustive else KILLS[1:]):
        name, writes, first, second = approved.apply_twice(kind, at)
        assert at <= len(writes) <= at + 1, (kind, at, first)  # two files go at the same time
        assert second.code == 0, (kind, at, second)
        assert content(approved.client, name) == expected, (kind, at)
        assert [status for _, status in uploads(approved.client, name)] == ["READY"], (kind, at)
        assert count_versions_ever(approved.client, name) == 1, (kind, at)

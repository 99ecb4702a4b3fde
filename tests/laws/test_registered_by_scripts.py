"""Faults while scripts register: no version stays twice, although a script manages nothing."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.proxy import Fault, inject_fault
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from tests.support.model_bench import ModelBench
    from tests.support.registrar_process import Process, Result

REGISTER = """
import registrar
name, url = argv
server = {"tracking_uri": url, "artifacts": {"experiment": name}}
metadata = {"lr": 0.1, "note": "measured"}
print(registrar.register(name, "models/mnist", metadata=metadata, aliases="challenger", server=server))
"""


@dataclass(frozen=True)
class Training:
    """Scripts that register the same model."""

    bench: ModelBench

    def start(self, url: str, **options: Any) -> Process:
        bench = self.bench
        argv = [bench.name, url]
        return bench.fork_server.start(argv, bench.repository, code=REGISTER, **options)

    def run(self, url: str | None = None) -> Result:
        done = self.start(url or self.bench.server).wait()
        assert done.code == 0, done.err
        return done

    def assert_one_version(self) -> None:
        model = self.bench.content
        (version,) = model["versions"].values()
        tags = {key: text for key, text in version["tags"].items() if "registrar" not in key}
        assert tags == {"lr": "0.1", "note": "measured"}
        assert json.loads(version["tags"]["registrar_provenance"]) == ["lr", "note"]
        assert "registrar_managed" not in {*version["tags"], *model["tags"]}
        assert model["aliases"] == {"challenger": min(model["versions"])}
        statuses = [status for _, status in uploads(self.bench.client, self.bench.name)]
        assert statuses == ["READY"]


@pytest.fixture
def training(model_bench: ModelBench) -> Training:
    return Training(model_bench)


def test_a_duplicate_of_a_race_that_was_killed_goes_with_the_next_call(training: Training) -> None:
    bench = training.bench
    killed = Fault("kill before", at=1, only="model-versions/delete")
    overtaken = Fault("interlude", at=1, only="model-versions/create", act=training.run)
    with inject_fault(bench.server, killed) as behind, inject_fault(behind, overtaken) as url:
        process = training.start(url)
        killed.kill = partial(process.signal, signal.SIGKILL)
        assert process.wait().code == -signal.SIGKILL
    versions = content(bench.client, bench.name)["versions"]
    assert [version["tags"]["lr"] for version in versions.values()] == ["0.1", "0.1"]
    assert "unchanged" not in training.run().out
    training.assert_one_version()
    assert "unchanged" in training.run().out


def test_scripts_at_the_same_moment_leave_one_version(training: Training) -> None:
    go = training.bench.repository / "go"
    processes = [training.start(training.bench.server, go=go) for _ in range(4)]
    go.touch()
    results = [process.wait(timeout=300) for process in processes]
    assert {result.code for result in results} == {0}, results
    training.assert_one_version()


def test_killed_at_any_write_the_next_call_finishes(
    training: Training, *, exhaustive: bool
) -> None:
    at, step = (1, 1) if exhaustive else (3, 4)
    code = -signal.SIGKILL
    while code == -signal.SIGKILL:
        disturbed = Training(replace(training.bench, name=f"{training.bench.name}-{at}"))
        fault = Fault("kill after", at)
        with inject_fault(training.bench.server, fault) as url:
            process = disturbed.start(url)
            fault.kill = partial(process.signal, signal.SIGKILL)
            code = process.wait().code
        disturbed.run()
        disturbed.assert_one_version()
        at += step
    assert code == 0
    assert len(fault.writes) > 6

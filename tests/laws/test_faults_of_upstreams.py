"""A fault at every request to the server that `from` names: nothing is written, or all of it."""

from __future__ import annotations

import os
import shutil
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.copies import COPY, name_dev
from tests.support.proxy import NETWORK_FAULTS, Fault, FaultKind, inject_fault
from tests.support.registry_snapshot import content, count_versions_ever, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer

KINDS: tuple[FaultKind, ...] = ("kill after", "kill before", *NETWORK_FAULTS)


@pytest.mark.parametrize(
    "kind", [KINDS[0], *(pytest.param(kind, marks=pytest.mark.exhaustive) for kind in KINDS[1:])]
)
def test_every_request_to_the_other_server_survives(
    kind: FaultKind,
    fork_server: ForkServer,
    small_model_repository: Path,
    blank_database: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
    exhaustive: bool,
) -> None:
    original = f"original-{os.getpid()}-{KINDS.index(kind)}"
    made = fork_server.run(
        ["model=mnist", f"model.name={original}", f"server.tracking_uri={server}"],
        small_model_repository,
    )
    assert made.code == 0, made.err
    copy = [*COPY, f"model.uri=models:/{original}/1"]

    def fresh(number: int) -> tuple[Any, list[str]]:
        path = small_model_repository / f"{number}.db"
        shutil.copy(blank_database, path)
        uri = f"sqlite:///{path}"
        return mlflow_client(uri), ["model=mnist", f"server.tracking_uri={uri}", *copy]

    fault = Fault(reads=True, delay=3)
    with inject_fault(server, fault) as dev:
        name_dev(small_model_repository, dev, timeout=1 if kind == "slow reply" else 20)
        client, arguments = fresh(0)
        assert fork_server.run(arguments, small_model_repository).code == 0
        expected, count = content(client, "mnist"), len(fault.writes)
        assert count >= 6
        for at in range(1, count + 1, 1 if exhaustive else 8):
            client, arguments = fresh(at)
            fault.kind, fault.at, fault.writes = kind, at, []
            process = fork_server.start(arguments, small_model_repository)
            fault.kill = partial(process.signal, signal.SIGKILL)
            result = process.wait()
            assert len(fault.writes) >= at
            if kind.startswith("kill"):
                assert result.code == -signal.SIGKILL, (at, result)
            else:
                assert result.code in {0, 4}, (at, result)
                assert "Traceback" not in result.err, (at, result)
            held = [model.name for model in client.search_registered_models()]
            assert held == (["mnist"] if result.code == 0 else []), (at, result)
            fault.kind = "none"
            again = fork_server.run(arguments, small_model_repository)
            assert again.code == 0, (at, again)
            assert content(client, "mnist") == expected, at
            assert [status for _, status in uploads(client, "registrar")] == ["READY"], at
            assert count_versions_ever(client, "mnist") == 1, at
            assert all(w.startswith("GET ") or w.endswith("/search") for w in fault.writes)

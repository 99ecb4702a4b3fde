"""Eight processes apply one configuration at the same moment: one version, one alias, every time."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

PROCESSES = 8
ROUNDS = 20


def race(fork_server: ForkServer, repository: Path, name: str, uri: str) -> list[Result]:
    """The results of eight applies that started together."""
    go = repository / "go"
    arguments = ["model=mnist", f"model.name={name}", f"server.artifacts.experiment={name}"]
    arguments += [f"server.tracking_uri={uri}", "server.timeout=60"]
    started = [fork_server.start(arguments, repository, go=go) for _ in range(PROCESSES)]
    go.touch()
    results = [process.wait(timeout=300) for process in started]
    go.unlink()
    return results


def assert_one(fork_server: ForkServer, repository: Path, uri: str, client: Any) -> None:
    """Race for every round's own model, then count what there is."""
    doubled = []
    for number in range(ROUNDS):
        name = f"race-{number}-{os.getpid()}"
        results = race(fork_server, repository, name, uri)
        assert [result.code for result in results] == [0] * PROCESSES, results
        there = content(client, name)
        if len(there["versions"]) != 1 or len(there["aliases"]) != 1:
            doubled.append((number, there))
        assert there["aliases"] == {"champion": min(there["versions"])}
        assert there["description"] == "Handwritten digits"
        assert there["tags"]["team"] == "vision"
        ready = [status for _, status in uploads(client, name)]
        assert ready == ["READY"], (number, ready)
    assert doubled == []
    again = fork_server.run(
        ["check", "model=mnist", f"model.name={name}", f"server.tracking_uri={uri}"], repository
    )
    assert again.code == 0, again.out


def test_over_http_on_sqlite(
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    assert_one(fork_server, small_model_repository, server, mlflow_client(server))


@pytest.mark.xdist_group("postgres")
def test_over_http_on_postgresql(
    fork_server: ForkServer,
    small_model_repository: Path,
    server_on_postgres: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    assert_one(
        fork_server, small_model_repository, server_on_postgres, mlflow_client(server_on_postgres)
    )


def test_on_sqlite_in_process(
    fork_server: ForkServer,
    small_model_repository: Path,
    database: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    assert_one(fork_server, small_model_repository, database, mlflow_client(database))


def test_on_a_database_that_does_not_exist_yet(
    fork_server: ForkServer,
    small_model_repository: Path,
    tmp_path: Path,
    mlflow_client: Callable[[str], Any],
) -> None:
    uri = f"sqlite:///{tmp_path / 'new.db'}"
    results = race(fork_server, small_model_repository, "new", uri)
    assert [result.code for result in results] == [0] * PROCESSES, results
    assert len(content(mlflow_client(uri), "new")["versions"]) == 1


def test_changed_bytes_move_the_alias_once(
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    name = f"moved-{os.getpid()}"
    race(fork_server, small_model_repository, name, server)
    (small_model_repository / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"new")
    for number in (2, 3):
        results = race(fork_server, small_model_repository, name, server)
        assert [result.code for result in results] == [0] * PROCESSES, results
        there = content(mlflow_client(server), name)
        assert len(there["versions"]) == number
        assert there["aliases"] == {"champion": max(there["versions"])}
        (small_model_repository / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"newer")
    shutil.rmtree(small_model_repository)

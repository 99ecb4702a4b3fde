"""Eight processes apply one configuration at the same moment: one version, one alias, every time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.copies import COPY, register_on_dev
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.registrar_process import ForkServer

PROCESSES = 8


@dataclass(frozen=True)
class Race:
    """Eight commands that start at the same moment, in one repository."""

    fork_server: ForkServer
    repository: Path
    rounds: int

    def run(self, name: str, uri: str, *words: str, count: int = PROCESSES) -> None:
        """Apply `name` in several processes; each of them must succeed."""
        go = self.repository / "go"
        arguments = ["model=mnist", f"model.name={name}", f"server.artifacts.experiment={name}"]
        arguments += [f"server.tracking_uri={uri}", "server.timeout=60", *words]
        processes = [
            self.fork_server.start(arguments, self.repository, go=go) for _ in range(count)
        ]
        go.touch()
        results = [process.wait(timeout=300) for process in processes]
        go.unlink()
        failed = [result for result in results if result.code != 0]
        assert failed == []

    def assert_one_version_each(self, uri: str, client: Any) -> None:
        """Race for a new model in every round, then compare what the registry holds."""
        doubled = []
        for number in range(self.rounds):
            name = f"race-{number}-{os.getpid()}"
            self.run(name, uri)
            model = content(client, name)
            if len(model["versions"]) != 1 or len(model["aliases"]) != 1:
                doubled.append((number, model))
            assert model["aliases"] == {"champion": min(model["versions"])}
            assert model["description"] == "Handwritten digits"
            assert model["tags"]["team"] == "vision"
            statuses = [status for _, status in uploads(client, name)]
            assert statuses == ["READY"], (number, statuses)
        assert doubled == []
        arguments = ["model=mnist", f"model.name={name}", f"server.tracking_uri={uri}"]
        check = self.fork_server.run(["check", *arguments], self.repository)
        assert check.code == 0, check.out


@pytest.fixture
def race(fork_server: ForkServer, small_model_repository: Path, exhaustive: bool) -> Race:
    return Race(fork_server, small_model_repository, rounds=20 if exhaustive else 1)


def test_one_version_remains_over_http_on_sqlite(
    race: Race, server: str, mlflow_client: Callable[[str], MlflowClient]
) -> None:
    race.assert_one_version_each(server, mlflow_client(server))


@pytest.mark.exhaustive
def test_one_version_remains_over_http_on_postgresql(
    race: Race, server_on_postgres: str, mlflow_client: Callable[[str], MlflowClient]
) -> None:
    race.assert_one_version_each(server_on_postgres, mlflow_client(server_on_postgres))


def test_one_version_remains_on_sqlite(
    race: Race, database: str, mlflow_client: Callable[[str], MlflowClient]
) -> None:
    race.assert_one_version_each(database, mlflow_client(database))


@pytest.mark.exhaustive
def test_one_version_remains_on_a_database_that_does_not_exist_yet(
    race: Race, tmp_path: Path, mlflow_client: Callable[[str], MlflowClient]
) -> None:
    uri = f"sqlite:///{tmp_path / 'new.db'}"
    race.run("new", uri)
    assert len(content(mlflow_client(uri), "new")["versions"]) == 1


@pytest.mark.exhaustive
def test_of_copies_from_another_server(
    race: Race,
    server: str,
    blank_database: Path,
    mlflow_client: Callable[[str], MlflowClient],
) -> None:
    register_on_dev(race.fork_server, race.repository, blank_database)
    for number in range(race.rounds):
        name = f"copies-{number}-{os.getpid()}"
        race.run(name, server, *COPY)
        client = mlflow_client(server)
        model = content(client, name)
        assert model["aliases"] == {
            "champion": min(model["versions"]),
            "old": min(model["versions"]),
        }
        assert len(model["versions"]) == 1, (number, model)
        assert [status for _, status in uploads(client, name)] == ["READY"], number


def test_changed_bytes_move_the_alias_once(
    race: Race, server: str, mlflow_client: Callable[[str], MlflowClient], exhaustive: bool
) -> None:
    name = f"moved-{os.getpid()}"
    weights = race.repository / "models" / "mnist" / "data" / "weights.bin"
    for number in (1, 2, 3) if exhaustive else (1, 2):
        weights.write_bytes(b"weights %d" % number)
        race.run(name, server, count=1 if number == 1 else PROCESSES)
        model = content(mlflow_client(server), name)
        assert len(model["versions"]) == number
        assert model["aliases"] == {"champion": max(model["versions"])}

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

    from tests.support.registrar_process import Result, Zygote

PROCESSES = 8
ROUNDS = 20


def race(zygote: Zygote, repository: Path, name: str, uri: str) -> list[Result]:
    """The results of eight applies that started together."""
    go = repository / "go"
    arguments = ["model=mnist", f"model.name={name}", f"server.artifacts.experiment={name}"]
    arguments += [f"server.tracking_uri={uri}", "server.timeout=60"]
    started = [zygote.start(arguments, repository, go=go) for _ in range(PROCESSES)]
    go.touch()
    results = [process.wait(timeout=300) for process in started]
    go.unlink()
    return results


def assert_one(zygote: Zygote, repository: Path, uri: str, look: Any) -> None:
    """Race for every round's own model, then count what there is."""
    doubled = []
    for number in range(ROUNDS):
        name = f"race-{number}-{os.getpid()}"
        results = race(zygote, repository, name, uri)
        assert [result.code for result in results] == [0] * PROCESSES, results
        there = content(look, name)
        if len(there["versions"]) != 1 or len(there["aliases"]) != 1:
            doubled.append((number, there))
        assert there["aliases"] == {"champion": min(there["versions"])}
        assert there["description"] == "Handwritten digits"
        assert there["tags"]["team"] == "vision"
        ready = [status for _, status in uploads(look, name)]
        assert ready == ["READY"], (number, ready)
    assert doubled == []
    again = zygote.run(
        ["check", "model=mnist", f"model.name={name}", f"server.tracking_uri={uri}"], repository
    )
    assert again.code == 0, again.out


def test_over_http_on_sqlite(
    zygote: Zygote, small: Path, server: str, client: Callable[[str], Any]
) -> None:
    assert_one(zygote, small, server, client(server))


@pytest.mark.xdist_group("postgres")
def test_over_http_on_postgresql(
    zygote: Zygote, small: Path, server_on_postgres: str, client: Callable[[str], Any]
) -> None:
    assert_one(zygote, small, server_on_postgres, client(server_on_postgres))


def test_on_sqlite_in_process(
    zygote: Zygote, small: Path, database: str, client: Callable[[str], Any]
) -> None:
    assert_one(zygote, small, database, client(database))


def test_on_a_database_that_does_not_exist_yet(
    zygote: Zygote, small: Path, tmp_path: Path, client: Callable[[str], Any]
) -> None:
    uri = f"sqlite:///{tmp_path / 'new.db'}"
    results = race(zygote, small, "new", uri)
    assert [result.code for result in results] == [0] * PROCESSES, results
    assert len(content(client(uri), "new")["versions"]) == 1


def test_changed_bytes_move_the_alias_once(
    zygote: Zygote, small: Path, server: str, client: Callable[[str], Any]
) -> None:
    name = f"moved-{os.getpid()}"
    race(zygote, small, name, server)
    (small / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"new")
    for number in (2, 3):
        results = race(zygote, small, name, server)
        assert [result.code for result in results] == [0] * PROCESSES, results
        there = content(client(server), name)
        assert len(there["versions"]) == number
        assert there["aliases"] == {"champion": max(there["versions"])}
        (small / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"newer")
    shutil.rmtree(small)

"""`from` a server that does not answer: it stops the models that need it, and no others."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any

from registrar.content.digest import hash_directory
from tests.support.copies import name_dev, register_on_dev
from tests.support.proxy import Reply, record_requests
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.proxy import Request
    from tests.support.registrar_process import ForkServer, Result


def write(repository: Path, alias: str, uris: dict[str, str]) -> None:
    """A model file for each URI on the server `dev`."""
    for option, uri in uris.items():
        text = f"name: {option}\naliases: [{alias}]\nfrom: dev\nuri: {uri}\n"
        (repository / "configs" / "model" / f"{option}.yaml").write_text(text)


def test_a_copied_version_stays_manageable_and_a_new_copy_stops_alone(
    small_model_repository: Path,
    server: str,
    database: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
    exhaustive: bool,
) -> None:
    name = f"lost-{os.getpid()}"
    digest = hash_directory(small_model_repository / "models" / "mnist").digest
    made = registrar("model=mnist", f"model.name={name}", f"server.tracking_uri={server}")
    assert made.code == 0, made.err
    uris = {
        "number": f"models:/{name}/1",
        "content": f"models:/{name}@{digest}",
        "pinned": f"models:/{name}@champion\ndigest: {digest}",
    }
    by_alias = {"alias": f"models:/{name}@champion"}
    words = ("models=all", "server=local")
    client = mlflow_client(database)
    with record_requests(server) as (dev, requests):
        name_dev(small_model_repository, dev, timeout=1)
        write(small_model_repository, "first", {**uris, **by_alias})
        applied = registrar(*words)
        assert applied.code == 0, applied.err
        # What was copied may go over there. Only an alias tells nothing then, and a new copy fails.
        mlflow_client(server).delete_registered_model(name)
        write(small_model_repository, "second", {**uris, "new": uris["number"]})
        refused = registrar(*words)
        assert (refused.code, refused.out) == (2, "")
        assert refused.err.splitlines() == [
            f"configs/model/{option}.yaml:4:1: model.uri: {uri} at {dev}: {what} not found. "
            "Correct the URI, or 'from'; nothing was written."
            for option, uri, what in (
                ("alias", by_alias["alias"], f"Registered Model with name={name}"),
                ("new", uris["number"], f"Model Version (name={name}, version=1)"),
            )
        ]
        assert [request for request in requests if request.writes] == []
    # Nobody answers at that address any more.
    for command in ("plan", "apply") if exhaustive else ("apply",):
        result = registrar(command, *words)
        assert result.code == 4, result.out
        for option in ("alias", "new"):
            assert f"configs/model/{option}.yaml:3:1: model.from: cannot reach {dev}" in result.err
        for option in uris:
            assert f"note: {option}: {uris[option].partition(chr(10))[0]} cannot be " in result.err
    for option in uris:
        held = content(client, option)
        assert (held["aliases"], [*held["versions"]]) == ({"second": 1}, [1])
    assert content(client, "alias")["aliases"] == {"first": 1}
    assert content(client, "mnist")["aliases"] == {"champion": 1}
    assert [status for _, status in uploads(client, "registrar")] == ["READY"] * 5


def test_files_that_do_not_come_stop_their_model_only(
    small_model_repository: Path,
    server: str,
    database: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    def refuse_files(request: Request) -> Reply | None:
        is_file = "/artifacts/" in request.target and not request.path.endswith("/MLmodel")
        return Reply(403) if is_file else None

    name = f"refused-{os.getpid()}"
    made = registrar("model=mnist", f"model.name={name}", f"server.tracking_uri={server}")
    assert made.code == 0, made.err
    client = mlflow_client(database)
    with record_requests(server, refuse_files) as (dev, _):
        name_dev(small_model_repository, dev)
        write(small_model_repository, "champion", {"copy": f"models:/{name}/1"})
        planned = registrar("plan", "models=all", "server=local", "out=plan.json")
        assert planned.code == 0, planned.err
        direct = registrar("apply", "models=all", "server=local")
        by_plan = registrar("apply", "plan=plan.json", "server=local")
    assert (direct.code, by_plan.code) == (4, 4)
    for result in (direct, by_plan):
        assert f"copy: {dev} refuses: 403." in result.err
    assert direct.out.endswith("\nApplied to sqlite:///mlflow.db: 3 created.\n")
    assert "\n  left  + alias champion -> (new)\n" in by_plan.out
    assert content(client, "mnist")["aliases"] == {"champion": 1}
    assert [model.name for model in client.search_registered_models()] == ["mnist"]


def test_a_version_that_is_not_ready_stops_its_model_only(
    small_model_repository: Path,
    database: str,
    blank_database: Path,
    fork_server: ForkServer,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    register_on_dev(fork_server, small_model_repository, blank_database)
    write(small_model_repository, "champion", {"copy": "models:/original/1"})
    path = small_model_repository / "dev.db"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE model_versions SET status = 'FAILED_REGISTRATION'")
    applied = registrar("models=all", "server=local")
    assert applied.code == 4
    assert applied.err.splitlines()[-1] == (
        "configs/model/copy.yaml:4:1: model.uri: original version 1 is not ready: its status is "
        "FAILED_REGISTRATION. Name another version, or register the model again."
    )
    client = mlflow_client(database)
    assert [model.name for model in client.search_registered_models()] == ["mnist"]

"""Versions that a server is still making, or could not make: shown, waited for, never used."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

PENDING, FAILED, READY = "PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"


def test_versions_that_are_not_ready(
    small_model_repository: Path,
    registrar: Callable[..., Result],
    database: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    client = mlflow_client(database)

    def run(*words: str) -> Result:
        return registrar(*words, MLFLOW_TRACKING_URI=database)

    def set_status(number: int, status: str, after: float = 0) -> None:
        time.sleep(after)
        path = database.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection, connection:
            connection.execute(
                "UPDATE model_versions SET status = ? WHERE name = 'm' AND version = ?",
                (status, number),
            )

    file = small_model_repository / "configs" / "model" / "m.yaml"
    file.write_text("name: m\nuri: models/mnist\naliases: [champion]\n")
    assert run("model=m").code == 0

    # Still being made, for longer than the timeout: no second version, and nothing is written.
    before = content(client, "m")
    set_status(1, PENDING)
    for words in (["model=m"], ["plan", "models=[m,mnist]"]):
        waited = run(*words, "server.timeout=1")
        assert waited.code == 4
        assert waited.err.splitlines()[-1].endswith(
            f"m version 1 is not ready: its status is {PENDING}. "
            "Wait until the server has made it, or raise server.timeout."
        )
    assert content(client, "m") == before

    # It is ready in time.
    maker = threading.Thread(target=set_status, args=(1, READY, 1))
    maker.start()
    assert run("check", "model=m").code == 0
    maker.join()

    # The server gave up: another version takes the alias; the first stays, and everybody sees why.
    set_status(1, FAILED)
    assert run("model=m").code == 0
    after = content(client, "m")
    assert sorted(after["versions"]) == [1, 2]
    assert after["aliases"] == {"champion": 2}
    assert run("check", "model=m").code == 0
    shown = run("show", "model=m")
    assert f"1        {FAILED}" in shown.out
    listed = run("show", "model=m", "output=json").json["models"][0]["versions"]
    assert {v["version"]: v["status"] for v in listed} == {1: FAILED, 2: READY}
    verified = run("verify", "model=m", "output=json")
    assert {v["version"]: v["status"] for v in verified.json["versions"]} == {
        1: "unchecked",
        2: "same",
    }
    assert verified.code == 0
    dumped = run("dump", "name=m", "dir=dumped")
    assert f"version 1 is left out: its status is {FAILED}" in dumped.err
    text = (small_model_repository / "dumped" / "m.yaml").read_text()
    assert ("version: 2" in text, "version: 1" in text) == (True, False), text

    # No command takes it, by whichever name.
    refusal = f"m version 1 is not ready: its status is {FAILED}. "
    promoted = run("promote", "name=m", "version=1", "as=other")
    assert (promoted.code, refusal in promoted.err) == (4, True), promoted.err
    for named_by in (
        "name: other\nuri: models:/m/1\n",
        "name: m\nversion: 1\naliases: [champion]\n",
    ):
        file.write_text(named_by)
        named = run("model=m")
        assert (named.code, refusal in named.err) == (4, True), named.err
    assert content(client, "m") == after
    assert client.search_registered_models("name = 'other'") == []

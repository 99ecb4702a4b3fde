"""Ctrl-C and SIGTERM: the run stops between two writes, and lists what is done and what is left."""

from __future__ import annotations

import re
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.proxy import Fault, inject_fault
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result


def interrupted_at(
    fork_server: ForkServer,
    repository: Path,
    server: str,
    name: str,
    only: str,
    number: signal.Signals,
) -> tuple[str, Result]:
    """An apply that gets a signal while the server has, and has not answered, one request."""
    arrived = threading.Event()
    fault = Fault("slow reply", 1, only, delay=1.5)
    fault.act = arrived.set
    with inject_fault(server, fault) as url:
        arguments = ["model=mnist", f"model.name={name}", f"server.tracking_uri={url}"]
        process = fork_server.start([*arguments, f"server.artifacts.experiment={name}"], repository)
        assert arrived.wait(60)
        process.signal(number)
        return url, process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_running_create_request_is_finished(
    number: signal.Signals,
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    name = f"interrupted-{number.name}"
    url, result = interrupted_at(
        fork_server, small_model_repository, server, name, "/model-versions/create", number
    )
    assert result.code == 130
    assert "interrupted; run it again to finish." in result.err
    assert re.search(r"^  done  \+ version 1 ", result.out, re.MULTILINE)
    assert result.out.splitlines()[-2:] == [
        "  left  + alias champion -> 1",
        f"Stopped at {url}: 2 created so far.",
    ]
    assert "Traceback" not in result.err
    there = content(mlflow_client(server), name)
    assert list(there["versions"]) == [1]
    assert there["aliases"] == {}
    arguments = ["model=mnist", f"model.name={name}", f"server.tracking_uri={server}"]
    finished = fork_server.run(arguments, small_model_repository)
    assert finished.code == 0
    assert content(mlflow_client(server), name)["aliases"] == {"champion": 1}


def test_a_running_upload_is_left_to_the_next_run(
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    name = "interrupted-upload"
    _, result = interrupted_at(
        fork_server, small_model_repository, server, name, "/MLmodel", signal.SIGINT
    )
    assert result.code == 130
    assert re.search(r"^  done  \+ registered model ", result.out, re.MULTILINE)
    assert re.search(r"^  left  \+ version \(new\) ", result.out, re.MULTILINE)
    assert content(mlflow_client(server), name)["versions"] == {}


def test_the_json_document_lists_what_is_done_and_left(
    fork_server: ForkServer, small_model_repository: Path, server: str
) -> None:
    fault = Fault("slow reply", 1, "/model-versions/create", delay=1.5)
    arrived = threading.Event()
    fault.act = arrived.set
    with inject_fault(server, fault) as url:
        arguments = ["model=mnist", "model.name=interrupted-json", f"server.tracking_uri={url}"]
        process = fork_server.start([*arguments, "output=json"], small_model_repository)
        assert arrived.wait(60)
        process.signal(signal.SIGINT)
        result = process.wait()
    document = result.json
    assert document["exit_code"] == result.code == 130
    assert document["error"]["kind"] == "InterruptedRunError"
    (model,) = document["models"]
    assert [change["kind"] for change in model["done"]] == ["model", "version"]
    assert [change["kind"] for change in model["left"]] == ["event", "alias"]

"""Many models in threads of one process, also when they are interrupted."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.process.executors.many_models import COUNT, assert_all_once, names
from tests.support.proxy import Reply, Request, record_requests
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result


def test_models_are_applied_concurrently(
    many_models: Path,
    server: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    under_way, most, lock = set(), 0, threading.Lock()

    def slow(request: Request) -> Reply | None:
        nonlocal most
        if request.path.endswith("/model-versions/create"):
            with lock:
                under_way.add(request.body)
                most = max(most, len(under_way))
            time.sleep(0.3)
            with lock:
                under_way.discard(request.body)
        return None

    del many_models
    with record_requests(server, slow) as (url, requests):
        result = registrar("models='m-*'", "parallelism=4", MLFLOW_TRACKING_URI=url)
    assert result.code == 0, result.err  # a slow machine prints progress
    assert 2 <= most <= 4
    for name in names():
        mine = [str(r) for r in requests if r.writes and f'"{name}"'.encode() in r.body]
        assert [line.rpartition("/mlflow/")[2] for line in mine] == [
            *("registered-models/create", "logged-models"),
            *("model-versions/create", "model-versions/set-tag", "registered-models/alias"),
        ]
        assert content(mlflow_client(server), name)["aliases"] == {"champion": 1}


@pytest.mark.parametrize("signals", [1, pytest.param(2, marks=pytest.mark.exhaustive)])
def test_an_interrupt_stops_all_models(
    signals: int,
    many_models: Path,
    server: str,
    fork_server: ForkServer,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    arrived = threading.Event()

    def slow(request: Request) -> Reply | None:
        if request.path.endswith("/model-versions/create"):
            arrived.set()
            time.sleep(2 if signals == 1 else 20)
        return None

    with record_requests(server, slow) as (url, _):
        words = ["models='m-*'", "parallelism=3", f"server.tracking_uri={url}", "output=json"]
        process = fork_server.start(words, many_models)
        assert arrived.wait(60)
        start = time.monotonic()
        for _ in range(signals):
            process.signal(signal.SIGINT)
            time.sleep(0.3)
        result = process.wait()
        assert time.monotonic() - start < 15
    assert (result.code, result.json["error"]["kind"]) == (130, "InterruptedRunError")
    left = [model["name"] for model in result.json["models"] if model["left"]]
    assert len(left) >= COUNT - 3
    assert "Traceback" not in result.err
    assert registrar("models='m-*'", MLFLOW_TRACKING_URI=server).code == 0
    assert_all_once(mlflow_client(server))

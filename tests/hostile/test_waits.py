"""How long registrar waits for a server: within server.timeout, and not after it was stopped."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.hostile_server import HEALTHY, LOGGED_MODEL, HostileServer, run_hostile_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

SOON = 5.0  # seconds: 2 are promised, and a busy machine is slow
VERSION = {"text": "3.17.2"}
SILENT = {"silent": True}
DRIP = {"drip": "body"}
BROKEN = {"status": 503}
PLAN = ("plan", "model=mnist")
APPLY = ("apply", "model=mnist", f"model.uri=models:/{LOGGED_MODEL}")


def plan(
    fork_server: ForkServer, repository: Path, url: str, timeout: float, **env: str
) -> tuple[Result, float]:
    """The result of a plan, and how many seconds it took."""
    began = time.monotonic()
    words = [*PLAN, f"server.tracking_uri={url}", f"server.timeout={timeout}"]
    result = fork_server.run(words, repository, **env)
    return result, time.monotonic() - began


@pytest.mark.sampled(2)
@pytest.mark.parametrize("reply", [{"status": 502}, {"status": 429}, {"raw": ""}])
def test_the_first_contact_is_repeated(
    fork_server: ForkServer, repository: Path, reply: dict[str, Any]
) -> None:
    with run_hostile_server({"/version": {"first": [reply, reply], **VERSION}}) as server:
        result, _ = plan(fork_server, repository, server.url, timeout=20)
    assert result.code == 0, result.err
    assert server.requests.count("/version") == 3


def test_a_page_that_is_too_large_is_asked_for_in_parts(
    fork_server: ForkServer, repository: Path
) -> None:
    path = "model-versions/search"
    large = {"mebibytes": 100}
    with run_hostile_server({path: {"first": [large], "json": HEALTHY[path]}}) as server:
        result, _ = plan(fork_server, repository, server.url, timeout=30)
    assert result.code == 0, result.err
    assert sum(asked.endswith(path) for asked in server.requests) == 2


@pytest.mark.sampled(2)
@pytest.mark.parametrize("path", ["/version", "registered-models/get"])
def test_a_server_is_left_alone_for_as_long_as_it_asks(
    fork_server: ForkServer, repository: Path, path: str
) -> None:
    busy = {"status": 503, "headers": {"Retry-After": "1"}}
    healthy = VERSION if path == "/version" else {"json": HEALTHY[path]}
    with run_hostile_server({path: {"first": [busy], **healthy}}) as server:
        result, _ = plan(fork_server, repository, server.url, timeout=20)
    assert result.code == 0, result.err
    first, second, *_ = (
        moment
        for moment, asked in zip(server.times, server.requests, strict=True)
        if asked.endswith(path)
    )
    assert second - first >= 1


@pytest.mark.sampled(2)
@pytest.mark.parametrize("path", ["/version", "registered-models/get"])
def test_a_server_that_asks_for_more_than_the_timeout_is_given_up_at_once(
    fork_server: ForkServer, repository: Path, path: str
) -> None:
    reply = {"status": 429, "headers": {"Retry-After": "300"}}
    with run_hostile_server({path: reply}) as server:
        result, took = plan(fork_server, repository, server.url, timeout=60)
    assert result.code == 4
    assert "429" in result.err
    assert sum(asked.endswith(path) for asked in server.requests) == 1
    assert took < 30


@pytest.mark.sampled(2)
@pytest.mark.parametrize("reply", [SILENT, DRIP, {"drip": "head"}], ids=["silent", "body", "head"])
def test_requests_of_mlflows_client_have_a_deadline(
    fork_server: ForkServer, repository: Path, tmp_path: Path, reply: dict[str, Any]
) -> None:
    netrc = tmp_path / "netrc"  # for which MLflow's client sends the requests
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    with run_hostile_server({"registered-models/get": reply}) as server:
        result, took = plan(fork_server, repository, server.url, 1, NETRC=str(netrc))
    assert result.code == 4
    assert "no answer in time" in result.err
    assert took < 20


def test_the_size_of_a_reply_to_mlflows_client_is_limited(
    fork_server: ForkServer, repository: Path, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    reply = {"mebibytes": 4000, "gzip": True}
    with run_hostile_server({"registered-models/get": reply}) as server:
        result, _ = plan(fork_server, repository, server.url, 30, NETRC=str(netrc))
    assert (result.code, "more than 67,108,864 bytes" in result.err) == (4, True)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("reply", [SILENT, DRIP], ids=["silent", "drip"])
def test_stores_have_a_deadline(
    fork_server: ForkServer, repository: Path, reply: dict[str, Any]
) -> None:
    began = time.monotonic()
    with run_hostile_server({"*": reply}) as store, run_hostile_server({}) as server:
        result = fork_server.run(
            [*PLAN, "model.uri=s3://bucket/model", "server.timeout=1"],
            repository,
            MLFLOW_TRACKING_URI=server.url,
            MLFLOW_S3_ENDPOINT_URL=store.url,
            AWS_ACCESS_KEY_ID="a",
            AWS_SECRET_ACCESS_KEY="b",
        )
    silent = "s3://bucket/model did not answer: no answer in time"
    assert (result.code, silent in result.err) == (4, True), result.err
    assert time.monotonic() - began < 30


@pytest.mark.sampled(5)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
@pytest.mark.parametrize(
    ("command", "path", "reply"),
    [
        (PLAN, "/version", SILENT),
        (PLAN, "/version", DRIP),
        (PLAN, "registered-models/get", {"drip": "head"}),
        (PLAN, "registered-models/get", BROKEN),
        (PLAN, "registered-models/get", {"status": 429, "headers": {"Retry-After": "100"}}),
        (("plan", "models=all"), "registered-models/search", SILENT),
        (("dump", "dump.dir=out"), "registered-models/search", DRIP),
        (("verify", "verify.name=mnist"), "registered-models/get", SILENT),
        # Writes have begun: the read that the alias needs, and its repetitions.
        (APPLY, "registered-models/get", SILENT),
        (APPLY, "registered-models/get", DRIP),
        (APPLY, "registered-models/get", BROKEN),
    ],
)
def test_the_first_signal_ends_every_wait(
    fork_server: ForkServer,
    repository: Path,
    command: tuple[str, ...],
    path: str,
    reply: dict[str, Any],
    number: signal.Signals,
) -> None:
    waits = reply if command[0] != "apply" else {"first": [{"json": HEALTHY[path]}], **reply}
    for n in range(6):  # more than are read one by one
        text = f"name: mnist-{n}\nuri: models:/{LOGGED_MODEL}\n"
        (repository / "configs" / "model" / f"mnist-{n}.yaml").write_text(text)
    with run_hostile_server({path: waits}) as server:
        words = [*command, f"server.tracking_uri={server.url}", "server.timeout=300"]
        process = fork_server.start(words, repository)
        _wait_for(server, path, 1 if waits is reply else 2)
        process.signal(number)
        began = time.monotonic()
        result = process.wait()
    assert time.monotonic() - began < SOON
    assert result.code == 130, result.err
    assert "interrupted" in result.err
    assert "Traceback" not in result.err


def _wait_for(server: HostileServer, path: str, count: int) -> None:
    """Wait until so many requests have come, and a moment longer."""
    end = time.monotonic() + 60
    while sum(asked.endswith(path) for asked in server.requests) < count:
        assert time.monotonic() < end, server.requests
        time.sleep(0.02)
    time.sleep(0.2)

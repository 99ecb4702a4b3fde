"""Copies between two servers that serve artifacts: nothing counts until all of a run are verified."""

from __future__ import annotations

import os
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from registrar.content.digest import hash_directory
from tests.support.copies import name_dev
from tests.support.proxy import (
    NETWORK_FAULTS,
    Fault,
    FaultKind,
    Reply,
    inject_fault,
    record_requests,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.proxy import Request
    from tests.support.registrar_process import ForkServer, Result

KINDS: tuple[FaultKind, ...] = ("kill after", "kill before", *NETWORK_FAULTS)


def statuses(client: Any, name: str) -> list[str]:
    """The statuses of the uploads for a registered model that are not deleted."""
    experiment = client.get_experiment_by_name("registrar")
    models = client.search_logged_models([experiment.experiment_id])
    return [str(model.status) for model in models if model.name == name]


def register(registrar: Callable[..., Result], server: str, name: str) -> None:
    """A version of mnist, and with it an experiment whose files the server serves."""
    done = registrar("model=mnist", f"model.name={name}", f"server.tracking_uri={server}")
    assert done.code == 0, done.err


def copy_words(original: str, target: str) -> list[str]:
    """The words of a command that copies version 1 of a model from `dev` to a server."""
    uri = f"model.uri=models:/{original}/1"
    return ["model=mnist", uri, "model.from=dev", f"server.tracking_uri={target}"]


def test_a_run_with_one_wrong_copy_leaves_nothing(
    small_model_repository: Path,
    server: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    good, bad = f"good-{os.getpid()}", f"bad-{os.getpid()}"
    client = mlflow_client(server)
    for name in (good, bad):
        register(registrar, server, name)
    place = client.get_model_version_download_uri(bad, "1").partition(":")[2]
    spoils = True

    def spoil(request: Request) -> Reply | None:
        is_spoiled = spoils and request.path.endswith(f"{place}/data/weights.bin")
        size = (small_model_repository / "models/mnist/data/weights.bin").stat().st_size
        return Reply(200, "x" * size) if is_spoiled and request.method == "GET" else None

    for name in (good, bad):
        text = f"name: copy-of-{name}\nfrom: dev\nuri: models:/{name}/1\n"
        (small_model_repository / "configs" / "model" / f"{name}.yaml").write_text(text)
    with (
        record_requests(server, spoil) as (dev, asked),
        record_requests(server) as (target, received),
    ):
        name_dev(small_model_repository, dev)
        words = (f"models=[{good},{bad}]", f"server.tracking_uri={target}")
        refused = registrar(*words)
        assert refused.code == 6, refused.out
        assert "the stored files differ from the registered ones" in refused.err
        assert {request.method for request in received if request.writes} >= {"PUT", "DELETE"}
        for name in (good, bad):
            assert statuses(client, f"copy-of-{name}") == []
            assert not client.search_registered_models(f"name = 'copy-of-{name}'")
        spoils = False
        received.clear()
        done = registrar(*words)
        assert done.code == 0, done.err
        written = [str(request) for request in received if request.writes]
        sent = [n for n, line in enumerate(written) if line.startswith("PUT ")]
        counted = [n for n, line in enumerate(written) if line.startswith("PATCH ")]
        assert max(sent) < min(counted)  # no upload counts before all are verified
        assert not [request for request in asked if request.writes]
    digest = hash_directory(small_model_repository / "models" / "mnist").digest
    for name in (good, bad):
        version = client.get_model_version(f"copy-of-{name}", "1")
        assert version.tags["registrar_digest"] == digest
        assert statuses(client, f"copy-of-{name}") == ["READY"]
        verified = registrar(
            "verify", f"verify.name=copy-of-{name}", f"server.tracking_uri={server}"
        )
        assert verified.code == 0, verified.out


def test_a_copy_for_a_model_that_changed_meanwhile_is_discarded(
    small_model_repository: Path,
    server: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    name = f"changed-{os.getpid()}"
    register(registrar, server, name)
    client = mlflow_client(server)
    client.create_registered_model(f"copy-of-{name}")

    def change(request: Request) -> None:
        if request.method == "PUT":
            client.set_registered_model_tag(f"copy-of-{name}", "team", "audio")

    with record_requests(server, change) as (target, _):
        name_dev(small_model_repository, server)
        words = [*copy_words(name, target), f"model.name=copy-of-{name}"]
        refused = registrar(*words)
    assert refused.code == 6, refused.err
    assert "team" in refused.err
    assert client.search_model_versions(f"name = 'copy-of-{name}'") == []
    assert statuses(client, f"copy-of-{name}") == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("side", ["origin", "target"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_request_survives(
    kind: FaultKind,
    side: str,
    small_model_repository: Path,
    server: str,
    fork_server: ForkServer,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    original = f"original-{os.getpid()}-{KINDS.index(kind)}-{side}"
    register(registrar, server, original)
    client = mlflow_client(server)
    fault = Fault(reads=True, delay=3)
    with inject_fault(server, fault) as proxy:
        origin, target = (proxy, server) if side == "origin" else (server, proxy)
        timeout = 1 if kind == "slow reply" else 20
        name_dev(small_model_repository, origin, timeout=timeout)
        words = [*copy_words(original, target), f"server.timeout={timeout}"]
        assert registrar(*words, f"model.name={original}-0").code == 0
        for at in range(1, len(fault.writes) + 1):
            name = f"{original}-{at}"
            fault.kind, fault.at, fault.writes = kind, at, []
            process = fork_server.start([*words, f"model.name={name}"], small_model_repository)
            fault.kill = partial(process.signal, signal.SIGKILL)
            result = process.wait()
            assert len(fault.writes) >= at
            if kind.startswith("kill"):
                assert result.code == -signal.SIGKILL, (at, result)
            else:
                assert result.code in {0, 4, 5}, (at, result)
                assert "Traceback" not in result.err, (at, result)
            fault.kind = "none"
            again = registrar(*words, f"model.name={name}")
            assert again.code == 0, (at, result, again)
            versions = client.search_model_versions(f"name = '{name}'")
            assert [int(version.version) for version in versions] == [1], at
            assert statuses(client, name) == ["READY"], at


@pytest.mark.exhaustive
def test_ctrl_c_while_a_file_is_sent(
    small_model_repository: Path,
    server: str,
    fork_server: ForkServer,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    name = f"stopped-{os.getpid()}"
    register(registrar, server, name)
    client = mlflow_client(server)
    fault = Fault("slow reply", at=1, only="weights.bin", delay=3)
    with inject_fault(server, fault) as target:
        name_dev(small_model_repository, server)
        words = [*copy_words(name, target), f"model.name=copy-of-{name}"]
        process = fork_server.start(words, small_model_repository)
        fault.act = partial(process.signal, signal.SIGINT)
        stopped = process.wait()
        assert (stopped.code, stopped.err) == (130, "interrupted; run it again to finish.\n")
        assert statuses(client, f"copy-of-{name}") == ["PENDING"]
        assert registrar(*words).code == 0
    assert len(client.search_model_versions(f"name = 'copy-of-{name}'")) == 1
    assert statuses(client, f"copy-of-{name}") == ["READY"]

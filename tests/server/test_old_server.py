"""A server that knows no logged models (MLflow 2): directories are uploaded to a run's artifacts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.proxy import Reply, Request, record_requests
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.registrar_process import Result


API = "/api/2.0/mlflow"
UNKNOWN = "<!doctype html><title>404 Not Found</title><h1>Not Found</h1>"


def without_logged_models(request: Request) -> Reply | None:
    if request.path == "/version":
        return Reply(200, "2.22.5")
    unknown = request.path.startswith(f"{API}/logged-models")
    return Reply(404, UNKNOWN, "text/html") if unknown else None


@pytest.fixture
def old(server: str) -> Iterator[tuple[str, list[Request]]]:
    """The URL of an empty server of that age, and the requests it has had."""
    with record_requests(server, without_logged_models) as made:
        yield made


@pytest.fixture
def run(
    registrar: Callable[..., Result], old: tuple[str, list[Request]]
) -> Callable[..., tuple[Result, list[str]]]:
    """A command's result, and the writes it sent that an old server knows."""
    url, requests = old

    def run(*argv: str) -> tuple[Result, list[str]]:
        requests.clear()
        result = registrar(*argv, "model=mnist", MLFLOW_TRACKING_URI=url)
        writes = [str(r) for r in requests if r.writes and not without_logged_models(r)]
        return result, [re.sub(r"artifacts/\d+/[0-9a-f]{32}/", "artifacts/RUN/", w) for w in writes]

    return run


def test_a_directory_becomes_a_finished_run_and_a_version_of_it(
    run: Callable[..., Any],
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    result, writes = run("output=json")
    assert (result.code, result.err.count("\n")) == (0, 1)  # the note on the old version
    assert result.json["summary"]["create"] == 3  # and nothing of MLflow's on stdout
    writes[3:5] = sorted(writes[3:5])  # files go at the same time
    assert writes == [
        f"POST {API}/registered-models/create",
        f"POST {API}/experiments/create",
        f"POST {API}/runs/create",
        "PUT /api/2.0/mlflow-artifacts/artifacts/RUN/artifacts/model/MLmodel",
        "PUT /api/2.0/mlflow-artifacts/artifacts/RUN/artifacts/model/data/weights.bin",
        f"POST {API}/runs/set-tag",  # the manifest
        f"POST {API}/runs/update",
        f"POST {API}/model-versions/create",
        f"POST {API}/model-versions/set-tag",  # the event of the alias
        f"POST {API}/registered-models/alias",
    ]
    client = mlflow_client(server)
    version = client.get_model_version("mnist", "1")
    made = client.get_run(version.run_id).info
    assert (made.status, version.source) == ("FINISHED", f"{made.artifact_uri}/model")
    stored = {a.path: a.file_size for a in client.list_artifacts(made.run_id, "model/data")}
    weights = small_model_repository / "models" / "mnist" / "data" / "weights.bin"
    assert stored == {"model/data/weights.bin": weights.stat().st_size}
    assert content(client, "mnist")["aliases"] == {"champion": 1}
    assert uploads(client, "registrar") == []


def test_the_same_bytes_are_neither_uploaded_nor_registered_again(
    run: Callable[..., Any],
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    run()
    result, writes = run()
    assert result.out.startswith("Nothing to do: mnist version 1 matches")
    assert writes == []
    mlflow_client(server).delete_registered_model("mnist")
    result, writes = run()
    assert result.code == 0
    assert writes == [
        f"POST {API}/registered-models/create",
        f"POST {API}/model-versions/create",
        f"POST {API}/model-versions/set-tag",  # the event of the alias
        f"POST {API}/registered-models/alias",
    ]


def test_other_bytes_are_uploaded_to_another_run(
    run: Callable[..., Any],
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    run()
    (small_model_repository / "models" / "mnist" / "letter.txt").write_text("B")
    result, _ = run()
    assert result.code == 0
    client = mlflow_client(server)
    runs = {client.get_model_version("mnist", number).run_id for number in ("1", "2")}
    assert len(runs) == 2
    assert content(client, "mnist")["aliases"] == {"champion": 2}


def test_a_logged_model_cannot_be_named(
    run: Callable[..., Any], repository: Path, old: tuple[str, list[Request]]
) -> None:
    uri = "models:/m-00000000000000000000000000000000"
    (repository / "configs" / "model" / "mnist.yaml").write_text(f"name: mnist\nuri: {uri}\n")
    result, writes = run()
    assert (result.code, writes) == (4, [])
    assert result.err.splitlines()[-1] == (
        f"configs/model/mnist.yaml:2:1: model.uri: {old[0]} runs MLflow 2.22.5, which has no logged "
        "models. Name the model as runs:/RUN_ID/PATH, or upgrade the server to MLflow 3."
    )

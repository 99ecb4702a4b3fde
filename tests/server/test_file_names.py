"""Files of a model whose names a server cannot store: refused before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.proxy import record_requests
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

REASONS = {"data #1.bin": "'#'", "a%20b": "an escape such as %20", "part?.bin": "'?'"}


@pytest.fixture
def model(small_model_repository: Path) -> Path:
    """A model with files that a database's folder can store, and a server cannot."""
    folder = small_model_repository / "models" / "mnist"
    for name in REASONS:
        (folder / name).write_bytes(b"1")
    return folder


@pytest.fixture
def client(server: str, mlflow_client: Callable[[str], Any]) -> Any:
    """MLflow's own client of the server, which is empty."""
    return mlflow_client(server)


def refusals(server: str, folder: Path) -> set[str]:
    return {
        f"{server} cannot store '{folder / name}': its name holds {reason}"
        for name, reason in REASONS.items()
    }


def test_an_apply_names_each_file_and_writes_nothing(
    model: Path, server: str, client: Any, registrar: Callable[..., Result]
) -> None:
    with record_requests(server) as (url, requests):
        result = registrar("model=mnist", "output=json", MLFLOW_TRACKING_URI=url)
    assert (result.code, result.json["error"]["kind"]) == (6, "RefusedError")
    problems = result.json["error"]["problems"]
    assert {problem["code"] for problem in problems} == {"file-name-not-storable"}
    assert {problem["message"] for problem in problems} == refusals(url, model)
    assert [str(request) for request in requests if request.writes] == []
    assert list(client.search_registered_models()) == []
    assert client.get_experiment_by_name("registrar") is None
    for name in REASONS:
        (model / name).unlink()
    assert registrar("model=mnist", MLFLOW_TRACKING_URI=server).code == 0


def test_a_promotion_to_a_server_is_refused_and_leaves_the_version_where_it_is(
    model: Path,
    server: str,
    database: str,
    client: Any,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
    small_model_repository: Path,
) -> None:
    assert registrar("model=mnist").code == 0
    before = content(mlflow_client(database), "mnist")
    folder = small_model_repository / "configs" / "server"
    folder.mkdir(exist_ok=True)
    (folder / "prod.yaml").write_text(f"tracking_uri: {server}\n")
    result = registrar("promote", "model=mnist", "promote.version=1", "promote.to=server/prod")
    assert result.code == 6
    assert result.err.count("cannot store ") == len(REASONS)
    assert "Traceback" not in result.err
    assert list(client.search_registered_models()) == []
    assert uploads(client, "registrar") == []
    assert content(mlflow_client(database), "mnist") == before

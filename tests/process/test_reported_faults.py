"""Faults that users have met: a server file with one line, a deleted experiment, a late tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


def configure(repository: Path, name: str, text: str) -> None:
    (repository / "configs" / "model" / f"{name}.yaml").write_text(text)


def test_a_server_file_with_the_address_alone_is_enough(
    repository: Path, registrar: Callable[..., Result], database: str
) -> None:
    (repository / "configs" / "server").mkdir()
    (repository / "configs" / "server" / "mine.yaml").write_text(f"tracking_uri: {database}\n")
    assert registrar("model=mnist", "server=mine").code == 0
    assert registrar("check", "model=mnist", "server=mine").code == 0


def test_a_deleted_experiment_is_found_before_anything_is_written(
    registrar: Callable[..., Result], backend: str, mlflow_client: Callable[[str], Any]
) -> None:
    client = mlflow_client(backend)
    client.delete_experiment(client.create_experiment("gone"))
    for command in ("plan", "apply"):
        arguments = [command, "model=mnist", "server.artifacts.experiment=gone"]
        result = registrar(*arguments, MLFLOW_TRACKING_URI=backend)
        assert result.code == 6
        assert result.err == (
            "the experiment 'gone', where uploads go, is deleted. Restore it, or name another one "
            "in server.artifacts.experiment.\n"
        )
    assert client.search_registered_models() == []


def test_a_promoted_version_stays_one_when_its_source_is_adopted(
    repository: Path,
    registrar: Callable[..., Result],
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    client = mlflow_client(server)
    run = client.create_run(client.create_experiment(f"edges-{id(client)}"))
    client.log_artifacts(run.info.run_id, str(repository / "models" / "mnist"), "model")
    client.create_registered_model("edge-a")
    source = f"{run.info.artifact_uri}/model"
    client.create_model_version("edge-a", source, run.info.run_id, await_creation_for=0)
    configure(repository, "a", f"{{name: edge-a, uri: 'runs:/{run.info.run_id}/model'}}\n")
    configure(repository, "b", "{name: edge-b, uri: models:/edge-a/1}\n")
    env = {"MLFLOW_TRACKING_URI": server}
    assert registrar("model=b", **env).code == 0
    adopted = registrar("model=a", **env)
    assert "1 adopted" in adopted.out, adopted
    assert registrar("model=b", **env).out.startswith("Nothing to do")
    assert list(content(client, "edge-b")["versions"]) == [1]


def test_no_longer_looking_at_a_model_makes_no_version(
    repository: Path,
    registrar: Callable[..., Result],
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    client = mlflow_client(server)
    run = client.create_run(client.create_experiment(f"edges-verify-{id(client)}"))
    client.log_artifacts(run.info.run_id, str(repository / "models" / "mnist"), "model")
    configure(repository, "c", f"{{name: edge-c, uri: 'runs:/{run.info.run_id}/model'}}\n")
    env = {"MLFLOW_TRACKING_URI": server}
    assert registrar("model=c", **env).code == 0
    unseen = registrar("model=c", "+model.verify=false", **env)
    assert unseen.code == 0
    assert unseen.out.startswith("Nothing to do")
    assert list(content(client, "edge-c")["versions"]) == [1]


def test_a_deleted_run_is_not_registered_from(
    repository: Path,
    registrar: Callable[..., Result],
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    client = mlflow_client(server)
    run = client.create_run(client.create_experiment(f"edges-deleted-{id(client)}"))
    client.log_artifacts(run.info.run_id, str(repository / "models" / "mnist"), "model")
    client.delete_run(run.info.run_id)
    configure(repository, "d", f"{{name: edge-d, uri: 'runs:/{run.info.run_id}/model'}}\n")
    result = registrar("model=d", MLFLOW_TRACKING_URI=server)
    assert result.code == 2
    assert f"the run {run.info.run_id} is deleted" in result.err


def test_a_tracking_server_that_is_down_is_named(
    registrar: Callable[..., Result], database: str
) -> None:
    tracking, timeout = "server.tracking_uri=http://127.0.0.1:9", "server.timeout=1"
    result = registrar("model=mnist", tracking, timeout, f"server.registry_uri={database}")
    assert result.code == 4
    assert result.err.startswith("cannot reach http://127.0.0.1:9: connection refused.")


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("sqlite://", "is a database in memory"),
        ("localhost:5000", "has no scheme. Write http://localhost:5000."),
        ("./mlruns", "is a folder: MLflow's file store is not supported."),
    ],
)
def test_an_address_that_no_registry_has(
    uri: str, problem: str, registrar: Callable[..., Result]
) -> None:
    result = registrar("validate", "model=mnist", f"server.tracking_uri={uri}")
    assert result.code == 2
    assert problem in result.err


def test_a_name_with_both_kinds_of_quotes(
    repository: Path, registrar: Callable[..., Result]
) -> None:
    configure(repository, "q", '{name: "a\'b\\"c", uri: models/mnist}\n')
    result = registrar("validate", "model=q")
    assert result.code == 2
    assert result.err.startswith("configs/model/q.yaml:1:2: model.name: holds both kinds of quotes")


def test_output_that_nobody_can_read_is_no_reason_to_fail(
    registrar: Callable[..., Result], database: str
) -> None:
    result = registrar("model=mnist", 'model.description="ünïcode"', PYTHONIOENCODING="ascii")
    assert result.code == 0, result.err

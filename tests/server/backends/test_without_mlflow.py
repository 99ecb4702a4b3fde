"""Commands that copy no files never import MLflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.registrar_process import command

if TYPE_CHECKING:
    from pathlib import Path


def test_references_are_registered_without_mlflow(server: str, repository: Path) -> None:
    """Start to finish, for every command that does not copy files."""
    from mlflow import MlflowClient

    client = MlflowClient(server, server)
    logged = client.create_logged_model("0", name="m")
    (repository / "MLmodel").write_text("flavors: {python_function: {}}\n")
    client.log_model_artifact(logged.model_id, str(repository / "MLmodel"))
    client.finalize_logged_model(logged.model_id, "READY")
    (repository / "configs" / "model" / "ref.yaml").write_text(
        f"name: {repository.parent.name}\nuri: models:/{logged.model_id}\naliases: [champion]\n"
    )
    # A package of that name that cannot be imported, before the real one.
    (repository / "blocked" / "mlflow").mkdir(parents=True)
    blocked = repository / "blocked" / "mlflow" / "__init__.py"
    blocked.write_text("raise SystemExit('mlflow was imported')\n")
    for words in (
        *(["plan", "model=ref"], ["model=ref"], ["model=ref"], ["check", "model=ref"]),
        *(["show", "model=ref"], ["dump", "model=ref", "dump.dir=dumped"]),
    ):
        result = command(
            words, repository, MLFLOW_TRACKING_URI=server, PYTHONPATH=str(blocked.parent.parent)
        )
        assert (result.code, result.err) == (0, ""), words

"""The content of a registry, read with MLflow's own client, in a form that makes two runs comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow import MlflowClient


def content(client: MlflowClient, name: str) -> dict[str, Any]:
    """Return a model with its versions, without ids and times, which differ from run to run."""
    model = client.get_registered_model(name)
    versions = client.search_model_versions(f"name='{name}'", order_by=["version_number ASC"])
    return {
        "description": model.description or "",
        "tags": dict(model.tags),
        "aliases": {alias: int(number) for alias, number in model.aliases.items()},
        "versions": {
            int(version.version): {
                "description": version.description or "",
                "tags": dict(version.tags),
                "source": mask_random_part(version.source),
            }
            for version in versions
        },
    }


def mask_random_part(source: str) -> str:
    """Return a source without its random part."""
    return "models:/m-..." if source.startswith("models:/m-") else source


def count_versions_ever(client: MlflowClient, name: str) -> int:
    """Return how many versions were ever made, deleted ones included: the next number less one."""
    probe = client.create_model_version(name, "s3://probe/x", await_creation_for=0)
    client.delete_model_version(name, probe.version)
    return int(probe.version) - 1


def uploads(client: MlflowClient, experiment: str) -> list[tuple[str, str]]:
    """Return (id, status) of the uploads that are not deleted."""
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return []
    models = client.search_logged_models([found.experiment_id])
    return [(model.model_id, str(model.status)) for model in models]

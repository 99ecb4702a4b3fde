"""The content of a registry, read with MLflow's own client, in a form that makes two runs comparable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registrar.events import EVENT_PREFIX, parse_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlflow import MlflowClient


def content(client: MlflowClient, name: str) -> dict[str, Any]:
    """Return a model with its versions, without ids and times, which differ from run to run.

    `moves` are the recorded moves of aliases that were completed: each is recorded exactly once.
    """
    model = client.get_registered_model(name)
    versions = client.search_model_versions(f"name='{name}'", order_by=["version_number ASC"])
    aliases = {alias: int(number) for alias, number in model.aliases.items()}
    return {
        "description": model.description or "",
        "tags": dict(model.tags),
        "aliases": aliases,
        "moves": completed_moves((dict(version.tags) for version in versions), aliases),
        "versions": {
            int(version.version): {
                "description": version.description or "",
                "tags": {
                    key: text
                    for key, text in version.tags.items()
                    if not key.startswith(EVENT_PREFIX)
                },
                "source": mask_random_part(version.source),
            }
            for version in versions
        },
    }


def completed_moves(
    tags: Iterable[Mapping[str, str]], aliases: Mapping[str, int]
) -> dict[str, list[tuple[int | None, int | None]]]:
    """Return for each alias its recorded moves, from and to, without those that never happened.

    A move that was interrupted before the alias moved is followed by one from the same version.
    """
    events: dict[str, dict[str, Any]] = {}
    for values in tags:
        for key, text in values.items():
            if key.startswith(EVENT_PREFIX):
                assert parse_event(key, text) is not None, (key, text)
                event = json.loads(text)
                events.setdefault(event["alias"], {})[key] = event
    moves = {}
    for alias, own in events.items():
        assert {event["previous"] for event in own.values()} <= {None, *own}
        then = {key: aliases.get(alias) for key in own}
        then |= {event["previous"]: event["from"] for event in own.values() if event["previous"]}
        completed = [event for key, event in own.items() if then[key] == event["to"]]
        completed.sort(key=lambda event: event["at"])
        moves[alias] = [(event["from"], event["to"]) for event in completed]
    return moves


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

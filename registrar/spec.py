"""From a valid configuration to desired state: canonical values, limits, names used twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from registrar.errors import Problem
from registrar.state import Model, Source, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from registrar.schema import Path

__all__ = [
    "desire",
    "entries",
    "problems",
    "repeated",
    "text",
    "uris",
]

# Column widths of MLflow's PostgreSQL schema and limits of its validation code.
PARENT_TAG = 5000
VERSION_TAG = 100_000
# Where MLflow or its database driver looks for what a URI may not hold.
CREDENTIALS = {
    "http": "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN)",
    "postgresql": "PGPASSWORD, or a ~/.pgpass file",
    "mysql": "a [client] section in ~/.my.cnf",
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
}


def text(value: object) -> str:
    """A metadata value as MLflow stores it.

    Booleans are `true` and `false`, numbers their shortest form, lists and mappings compact JSON
    with sorted keys.
    """
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def entries(model: Mapping[str, Any]) -> list[tuple[Path, Mapping[str, Any]]]:
    """The declared versions of a model's configuration, each with its path below `model`."""
    if "versions" in model:
        return [(("versions", index), entry) for index, entry in enumerate(model["versions"])]
    return [((), model)] if "uri" in model else []


def uris(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every URI text that a configuration holds, valid or not, each with its path."""
    model = config.get("model")
    places: list[tuple[Path, Any]] = [(("model",), model)]
    versions = model.get("versions") if isinstance(model, dict) else None
    for index, entry in enumerate(versions if isinstance(versions, list) else ()):
        places.append((("model", "versions", index), entry))
    for path, entry in places:
        if isinstance(entry, dict) and isinstance(entry.get("uri"), str):
            yield (*path, "uri"), entry["uri"]


def problems(config: Mapping[str, Any]) -> Iterator[tuple[Path, Problem]]:
    """What is wrong with a configuration that the schema accepts."""
    model = config["model"]
    for field in ("tracking_uri", "registry_uri"):
        yield from _password(config["server"].get(field), ("server", field))
    tags = model.get("registered_model", {}).get("tags", {})
    yield from _too_long(tags, PARENT_TAG, ("model", "registered_model", "tags"))
    aliases: set[str] = set()
    for path, entry in entries(model):
        yield from _password(entry["uri"], ("model", *path, "uri"))
        yield from _too_long(entry.get("metadata", {}), VERSION_TAG, ("model", *path, "metadata"))
        for index, alias in enumerate(entry.get("aliases", ())):
            if alias in aliases:
                message = f"alias '{alias}' is given to two versions"
                yield ("model", *path, "aliases", index), Problem(message, "Keep it on one.")
            aliases.add(alias)


def repeated(names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Problem]]:
    """(configuration, problem) for every model name that an earlier configuration declares."""
    first: dict[str, str] = {}
    for config, name in names:
        if name in first:
            message = f"model '{name}' is declared twice: by '{first[name]}' and by '{config}'"
            yield config, Problem(message, "One configuration per registered model.")
        first.setdefault(name, config)


def desire(config: str, model: Mapping[str, Any], sources: Iterable[Source]) -> Model:
    """The state that a valid `model` configuration asks for, its sources looked up already."""
    parent = model.get("registered_model", {})
    versions = tuple(
        Version(
            number=entry.get("version"),
            digest=source.digest,
            source=source.uri,
            run_id=source.run_id,
            description=entry.get("description"),
            tags=_texts(entry.get("metadata")),
            aliases=None if "aliases" not in entry else tuple(entry["aliases"]),
            config=config,
            origin=source,
        )
        for (_, entry), source in zip(entries(model), sources, strict=True)
    )
    return Model(
        name=model["name"],
        description=parent.get("description"),
        tags=_texts(parent.get("tags")),
        versions=versions,
    )


def _password(uri: str | None, path: Path) -> Iterator[tuple[Path, Problem]]:
    if not uri:
        return
    try:
        parts = urlsplit(uri)
        secret = parts.password is not None or "password=" in parts.query.lower()
        scheme = parts.scheme.partition("+")[0].replace("https", "http")
    except ValueError as error:
        yield path, Problem(f"is not a URI: {error}")
        return
    if secret:
        place = CREDENTIALS.get(scheme, "the environment variables of its client library")
        yield path, Problem("holds a password", f"Take it out; give it in {place}.")


def _too_long(tags: Mapping[str, Any], limit: int, path: Path) -> Iterator[tuple[Path, Problem]]:
    for key, value in tags.items():
        if len(text(value)) > limit:
            message = f"{len(text(value))} characters where the registry takes {limit}"
            yield (*path, key), Problem(message, "Shorten it.")


def _texts(values: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if values is None else {key: text(value) for key, value in values.items()}

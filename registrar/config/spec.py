"""From a valid configuration to desired state: canonical values, limits, names used twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from registrar.config.schema import too_long
from registrar.errors import Problem
from registrar.text import format_value, parse_time
from registrar.uris import MANAGED, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from registrar.state import DesiredModel, Source
    from registrar.text import KeyPath

__all__ = [
    "desire",
    "entries",
    "passwords",
    "problems",
    "repeated",
    "uris",
]

HOST = re.compile(r"[\w.-]+:[0-9]+(/.*)?")
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


def entries(model: Mapping[str, Any]) -> list[tuple[KeyPath, Mapping[str, Any]]]:
    """The declared versions of a model's configuration, each with its path below `model`."""
    if "versions" in model:
        return [(("versions", index), entry) for index, entry in enumerate(model["versions"])]
    return [((), model)] if "uri" in model else []


def uris(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str, bool]]:
    """(path, URI, verify) for every URI text that a configuration holds, valid or not."""
    model = config.get("model")
    places: list[tuple[KeyPath, Any]] = [(("model",), model)]
    versions = model.get("versions") if isinstance(model, dict) else None
    for index, entry in enumerate(versions if isinstance(versions, list) else ()):
        places.append((("model", "versions", index), entry))
    for path, entry in places:
        if isinstance(entry, dict) and isinstance(entry.get("uri"), str):
            yield (*path, "uri"), entry["uri"], entry.get("verify") is not False


def passwords(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Every URI with a secret in it, in a configuration that may have other problems."""
    for path, server in _servers(config):
        for field in ("tracking_uri", "registry_uri"):
            if isinstance(server.get(field), str):
                yield from _password(server[field], (*path, field))
    for path, uri, _ in uris(config):
        yield from _password(uri, path)


def problems(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """What is wrong with a configuration that the schema accepts."""
    for path, server in _servers(config):
        for field in ("tracking_uri", "registry_uri"):
            problem = _no_server(server.get(field) or "http://")
            if problem is not None:
                yield (*path, field), problem
    for field in ("created_after", "created_before"):
        yield from _no_instant(config.get("show", {}).get(field), ("show", field))
    executor = config.get("executor", {})
    if executor.get("kind") == "dask" and executor.get("address") is None:
        hint = "Say executor.address=tcp://HOST:8786."
        message = "executor=dask needs the address of a scheduler"
        yield (), Problem("todo", message, hint)
    if "model" in config:
        yield from _model_problems(config["model"])


def _model_problems(model: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    if "'" in model["name"] and '"' in model["name"]:
        message = "holds both kinds of quotes, which MLflow can not search for"
        yield ("model", "name"), Problem("todo", message, "Choose another name.")
    tags = model.get("registered_model", {}).get("tags", {})
    yield from _too_long(tags, PARENT_TAG, ("model", "registered_model", "tags"))
    aliases: set[str] = set()
    for path, entry in entries(model):
        yield from _too_long(entry.get("metadata", {}), VERSION_TAG, ("model", *path, "metadata"))
        for index, alias in enumerate(entry.get("aliases", ())):
            if alias in aliases:
                message = f"alias '{alias}' is given to two versions"
                yield (
                    ("model", *path, "aliases", index),
                    Problem("todo", message, "Keep it on one."),
                )
            aliases.add(alias)


def repeated(names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Problem]]:
    """(configuration, problem) for every model name that an earlier configuration declares."""
    first: dict[str, str] = {}
    for config, name in names:
        if name in first:
            yield config, _repeated(name, first[name], config)
        first.setdefault(name, config)


def desire(config: str, model: Mapping[str, Any], sources: Iterable[Source]) -> DesiredModel:
    """The state that a valid `model` configuration asks for, its sources looked up already."""
    from registrar.state import DesiredModel, DesiredVersion  # not needed to validate

    parent = model.get("registered_model", {})
    versions = tuple(
        DesiredVersion(
            source=source,
            description=entry.get("description"),
            tags=_texts(entry.get("metadata")),
            aliases=None if "aliases" not in entry else tuple(entry["aliases"]),
            pin=entry.get("version"),
            config=config,
        )
        for (_, entry), source in zip(entries(model), sources, strict=True)
    )
    return DesiredModel(
        name=model["name"],
        description=parent.get("description"),
        tags=_texts(parent.get("tags")),
        versions=versions,
        owner=model.get("owner"),
        protected=tuple(parent.get("protected_aliases", ())),
    )


def _repeated(name: str, first: str, config: str) -> Problem:
    if first == config:
        message = f"model '{name}' is in this run twice"
        return Problem("todo", message, "Each job of a --multirun has to choose another model.")
    message = f"model '{name}' is declared twice: by '{first}' and by '{config}'"
    return Problem("todo", message, "Keep one configuration for each registered model.")


def _servers(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """The servers that a configuration names, each with its path."""
    promote = config.get("promote")
    to = promote.get("to") if isinstance(promote, dict) else None
    for path, server in ((("server",), config.get("server")), (("promote", "to"), to)):
        if isinstance(server, dict):
            yield path, server


def _password(uri: str, path: KeyPath) -> Iterator[tuple[KeyPath, Problem]]:
    try:
        parts = urlsplit(uri.strip())
    except ValueError as error:
        if "@" in uri:
            yield path, Problem("todo", f"is not a URI: {error}", "Correct it.")
        return
    scheme = parts.scheme.partition("+")[0].replace("https", "http")
    # A database's user name is no secret; over HTTP a token may stand in its place.
    secret = (
        parts.password is not None
        or "password=" in parts.query.lower()
        # a slash in a password ends the host early, what is before it looks like a port
        or ("@" in parts.path and ":" in parts.netloc)
    )
    if secret or (scheme == "http" and parts.username is not None):
        what = "holds a password" if secret else "holds a user name or a token"
        place = CREDENTIALS.get(scheme, "the environment variables of its client library")
        yield path, Problem("todo", what, f"Take it out; give it in {place}.")


def _no_instant(value: str | None, path: KeyPath) -> Iterator[tuple[KeyPath, Problem]]:
    try:
        parse_time(value or "1970-01-01")
    except ValueError:
        hint = "Write 2026-01-31, or 2026-01-31T13:45:00+01:00."
        yield path, Problem("todo", f"'{value}' is not a date or a time in ISO 8601", hint)


def _no_server(uri: str) -> Problem | None:
    """What is wrong with the address of a server that can not be one, or None."""
    scheme = scheme_of(uri)
    if HOST.fullmatch(uri):
        return Problem("todo", "has no scheme", f"Write http://{uri}.")
    if scheme == "file" or (not scheme and uri not in MANAGED):
        message = "is a folder: MLflow's file store is not supported"
        return Problem("todo", message, "Name a server, or a database such as sqlite:///mlflow.db.")
    if scheme.startswith("sqlite") and (uri.endswith("//") or ":memory:" in uri):
        message = "is a database in memory, which is gone when the command ends"
        return Problem("todo", message, "Name a file: sqlite:///mlflow.db.")
    return None


def _too_long(
    tags: Mapping[str, Any], limit: int, path: KeyPath
) -> Iterator[tuple[KeyPath, Problem]]:
    for key, value in tags.items():
        if len(format_value(value)) > limit:
            yield (*path, key), too_long(format_value(value), limit)


def _texts(values: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if values is None else {key: format_value(value) for key, value in values.items()}

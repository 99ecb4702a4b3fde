"""Rules for a configuration that its JSON Schema accepts: addresses, times, limits, repeated names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from registrar.config.bound_rules import find_gate_problems, find_time_problems
from registrar.config.schema_errors import explain_length
from registrar.config.spec import list_entries, list_servers
from registrar.config.upstream_rules import find_upstream_problems
from registrar.errors import Problem
from registrar.text import dotted, format_value, parse_time
from registrar.uris import MANAGED, VersionUri, parse_source, safe_uri, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from registrar.text import KeyPath

__all__ = [
    "MAX_MODEL_TAG",
    "MAX_VERSION_TAG",
    "find_model_problems",
    "find_repeated",
    "find_rule_problems",
]

PATH_AS_HOST = re.compile(r"sqlite(\+\w+)?://[^/:@?]+$")
HOST = re.compile(r"[\w.-]+:[0-9]+(/.*)?")
# Column widths of MLflow's PostgreSQL schema and limits of its validation code, in characters.
MAX_MODEL_TAG = 5000
MAX_VERSION_TAG = 100_000
TIMES = (("show", "created_after"), ("show", "created_before"), ("history", "at"))


def find_rule_problems(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what is wrong with a configuration that the schema accepts, each with its path."""
    for path, uri in list_servers(config):
        problem = _check_server(uri)
        if problem is not None:
            yield path, problem
    yield from _check_times(config)
    if config.get("output") == "html" and (
        config.get("command") != "show" or config.get("plan") is not None
    ):
        hint = "Write output=markdown, or write pages with registrar catalogue."
        yield ("output",), Problem("misplaced-field", "html is for lists of show alone", hint)
    executor = config.get("executor", {})
    if executor.get("kind") == "dask" and executor.get("address") is None:
        message = "executor=dask needs the address of a scheduler"
        yield (), Problem("missing-field", message, "Write executor.address=tcp://HOST:8786.")
    if config.get("delete", {}).get("undeclared"):
        yield from _check_undeclared(config)
    if "model" in config:
        yield from find_model_problems(config)


def find_model_problems(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what is wrong with the model of a configuration that the schema accepts."""
    yield from _check_model(config["model"])
    yield from find_gate_problems(config["model"])
    yield from find_upstream_problems(config)


def _check_times(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    is_valid = True
    for node, field in TIMES:
        value = config.get(node, {}).get(field)
        problem = _check_time(value) if value is not None else None
        if problem is not None:
            is_valid = False
            yield (node, field), problem
    if is_valid:
        yield from find_time_problems(config.get("show", {}))


def _check_undeclared(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield why nobody could say which models `delete.undeclared` means."""
    delete, path = config["delete"], ("delete", "undeclared")
    if config.get("owner") is None:
        message = "needs the owner whose models are meant"
        yield path, Problem("missing-field", message, "Write owner=TEAM/REPOSITORY.")
    named = delete.get("name") is not None or delete.get("version") is not None
    if named or config.get("models") not in {None, "all"}:
        message = "is about all models that no file declares"
        hint = "Leave out name, version and models."
        yield path, Problem("misplaced-field", message, hint)


def find_repeated(names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Problem]]:
    """Yield (configuration, problem) for every model that an earlier configuration declares.

    `names` are pairs of a configuration and the model's name in it.
    """
    first: dict[str, str] = {}
    for config, name in names:
        if name in first:
            yield config, _explain_repeated(name, first[name], config)
        first.setdefault(name, config)


def _check_model(model: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    if "'" in model["name"] and '"' in model["name"]:
        message = "holds both kinds of quotes, which MLflow cannot search for"
        yield ("model", "name"), Problem("invalid-name", message, "Choose another name.")
    tags = model.get("registered_model", {}).get("tags", {})
    yield from _check_lengths(tags, MAX_MODEL_TAG, ("model", "registered_model", "tags"))
    yield from _check_named_aliases(model)
    aliases: set[str] = set()
    for path, entry in list_entries(model):
        if problem := _contradiction(model["name"], entry):
            yield ("model", *path, "version"), problem
        if problem := _other_content(entry):
            yield ("model", *path, "digest"), problem
        metadata = entry.get("metadata", {})
        yield from _check_lengths(metadata, MAX_VERSION_TAG, ("model", *path, "metadata"))
        for index, alias in enumerate(entry.get("aliases", ())):
            if alias in aliases:
                message = f"alias '{alias}' is given to two versions"
                problem = Problem("duplicate-alias", message, "Keep it on one.")
                yield ("model", *path, "aliases", index), problem
            aliases.add(alias)


def _check_named_aliases(model: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problem of each entry that means a version by an alias which another entry moves.

    After the first run it would mean the version of that other entry.
    """
    entries = list_entries(model)
    givers = {alias: path for path, entry in entries for alias in entry.get("aliases", ())}
    for path, entry in entries:
        uri = parse_source(entry.get("uri", ""))
        if not isinstance(uri, VersionUri) or uri.name != model["name"] or "from" in entry:
            continue
        giver = path if uri.alias is None else givers.get(uri.alias, path)
        if giver != path:
            message = f"names a version by the alias '{uri.alias}', which {dotted(giver)} moves"
            hint = f"Name the version by its number: models:/{uri.name}/N."
            yield ("model", *path, "uri"), Problem("contradiction", message, hint)


def _contradiction(name: str, entry: Mapping[str, Any]) -> Problem | None:
    """Return the problem of an entry whose URI names another version than its number does."""
    number = entry.get("version")
    if number is None or "from" in entry:
        return None
    uri = parse_source(entry.get("uri", ""))
    if not isinstance(uri, VersionUri):
        return None
    if uri.name != name or uri.version in {None, number}:
        return None
    message = f"is {number}, and uri names version {uri.version} of the same model"
    return Problem("contradiction", message, "Keep one of the two.")


def _other_content(entry: Mapping[str, Any]) -> Problem | None:
    """Return the problem of an entry whose URI names other content than its digest does."""
    digest = entry.get("digest")
    if digest is None:
        return None
    uri = parse_source(entry.get("uri", ""))
    if not isinstance(uri, VersionUri) or uri.digest is None:
        return None
    if digest.startswith(uri.digest):
        return None
    return Problem("contradiction", f"is not {uri.digest}, which uri names", "Keep one of the two.")


def _check_lengths(
    tags: Mapping[str, Any], limit: int, path: KeyPath
) -> Iterator[tuple[KeyPath, Problem]]:
    for key, value in tags.items():
        if isinstance(value, bool | float):
            continue  # a few characters
        text = format_value(value)
        if len(text) > limit:
            yield (*path, key), explain_length(text, limit)


def _check_server(uri: str) -> Problem | None:
    """Return the problem of an address that no MLflow server can have."""
    scheme = scheme_of(uri)
    if HOST.fullmatch(uri):
        return Problem("invalid-server", "has no scheme", f"Write http://{uri}.")
    if scheme == "file" or (not scheme and uri not in MANAGED):
        message = "is a folder: MLflow's file store is not supported"
        hint = "Name a server, or a database such as sqlite:///mlflow.db."
        return Problem("invalid-server", message, hint)
    if PATH_AS_HOST.match(uri):
        message = "names no file: its path begins after three slashes"
        hint = f"Write {safe_uri(uri.replace('://', ':///', 1))}."
        return Problem("invalid-server", message, hint)
    if scheme.startswith("sqlite") and (uri.endswith("//") or ":memory:" in uri):
        message = "is a database in memory, which is gone when the command ends"
        return Problem("invalid-server", message, "Name a file: sqlite:///mlflow.db.")
    return None


def _check_time(value: str) -> Problem | None:
    try:
        parse_time(value)
    except ValueError:
        message = f"'{value}' is not a date or a time in ISO 8601"
        hint = "Write 2026-01-31, or 2026-01-31T13:45:00+01:00."
        return Problem("invalid-time", message, hint)
    return None


def _explain_repeated(name: str, first: str, config: str) -> Problem:
    if first == config:
        message = f"model '{name}' is in this run twice"
        hint = "Each job of a --multirun has to choose another model."
    else:
        message = f"model '{name}' is declared twice: by '{first}' and by '{config}'"
        hint = "Keep one configuration for each registered model."
    return Problem("duplicate-model", message, hint)

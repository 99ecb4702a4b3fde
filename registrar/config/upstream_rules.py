"""Rules for `from`: which entries may name a server, and which server that may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.config.servers import is_same_registry, registry_uri_of, server_key
from registrar.config.spec import list_entries
from registrar.errors import Problem
from registrar.text import nearest, quote
from registrar.uris import DirectoryUri, StoreUri, parse_source, safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from registrar.text import KeyPath

__all__ = ["READ_SERVERS", "find_upstream_problems"]

# The commands that look models up on the servers that `from` names.
READ_SERVERS = {"apply", "plan", "check", "validate", "pin", "evidence"}


def find_upstream_problems(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what is wrong with each `from` of a configuration that the schema accepts."""
    for path, entry in list_entries(config["model"]):
        if "from" not in entry:
            continue
        below = ("model", *path)
        problem = _check_uri(entry.get("uri"))
        if problem is not None:
            yield (*below, "from"), problem
        if entry.get("verify") is False:
            message = "is false together with 'from', which copies the files and verifies them"
            yield (*below, "verify"), Problem("contradiction", message, "Keep one of the two.")
        if config.get("command", "apply") in READ_SERVERS:
            problem = _check_option(entry["from"], config)
            if problem is not None:
                yield (*below, "from"), problem


def _check_uri(uri: str | None) -> Problem | None:
    """Return the problem of an entry that names no model of a server."""
    if uri is None:
        message = "names the server on which a uri is looked up, and there is no uri"
        hint = "Write uri: models:/NAME/N or runs:/RUN_ID/PATH."
        return Problem("misplaced-field", message, hint)
    if isinstance(parse_source(uri), DirectoryUri | StoreUri):
        message = f"needs a models:/ or runs:/ URI, not {safe_uri(uri)}"
        return Problem("misplaced-field", message, "Remove it.")
    return None


def _check_option(option: str, config: Mapping[str, Any]) -> Problem | None:
    servers = config.get("servers") or {}
    server = servers.get(server_key(option))
    if server is None:
        hint = f"Give its address: servers.{server_key(option)}.tracking_uri."
        message = f"no server {quote(option)}"
        return Problem("unknown-config", message, hint, suggestion=nearest(option, servers))
    if is_same_registry(server, config["server"]):
        message = (
            f"names the same registry as the server that is written to: "
            f"{safe_uri(registry_uri_of(server))}"
        )
        hint = "Remove it, or choose another server with server=NAME."
        return Problem("same-registry", message, hint)
    return None

"""The servers of a configuration: the addresses of one server, and the keys of those that are named."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from registrar.addresses import DEFAULT_PORTS
from registrar.uris import canonical_uri, is_http, scheme_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["is_same_registry", "registry_uri_of", "server_identity", "server_key"]

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)


def server_identity(uri: str) -> str:
    """Return the one text that all spellings of a server's address have.

    The default port, slashes at the end and the case of the host do not matter. `localhost` is
    127.0.0.1, which it names everywhere; it may also name ::1, so that is another address.
    """
    if not is_http(uri):
        return canonical_uri(uri)
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # no address; nothing answers there
        return canonical_uri(uri)
    host = "127.0.0.1" if host == "localhost" else host
    host = f"[{host}]" if ":" in host else host
    shown = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return canonical_uri(f"{parts.scheme}://{host}{shown}{parts.path}")


def registry_uri_of(server: Mapping[str, Any]) -> str:
    """Return the address of the registry of a `server` configuration."""
    return str(server.get("registry_uri") or server["tracking_uri"])


def is_same_registry(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two `server` configurations name the same registry, however they spell it."""
    return _spell_out(registry_uri_of(one)) == _spell_out(registry_uri_of(other))


def server_key(option: str) -> str:
    """Return the key below `servers` of an option of the group `server`.

    Hydra reads the key as a part of a path, so it holds nothing but letters, digits and `-`.
    """
    if PLAIN.fullmatch(option):
        return option
    readable = re.sub(r"[^A-Za-z0-9]+", "-", option).strip("-")
    return f"server-{readable}-{hashlib.sha256(option.encode()).hexdigest()[:8]}"


def _spell_out(uri: str) -> str:
    """Return the identity of an address; for a file of SQLite its path in full, links resolved."""
    if scheme_of(uri).partition("+")[0] != "sqlite":
        return server_identity(uri)
    path = uri.partition("://")[2].partition("?")[0]
    return f"sqlite:{Path(path[1:]).resolve()}"

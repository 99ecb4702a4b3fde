"""The JSON of a change in checksums and plan files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    Change,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    SetAlias,
    SetDescription,
    SetTag,
)
from registrar.state import Source
from registrar.uris import canonical_uri, is_http, safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["change_from", "identity_of", "server_identity"]

DEFAULT_PORTS = {"http": 80, "https": 443}

CHANGES: dict[tuple[str, str], Callable[..., Change]] = {
    ("create", "model"): CreateModel,
    ("create", "version"): CreateVersion,
    ("adopt", "model"): AdoptModel,
    ("adopt", "version"): AdoptVersion,
    ("create", "tag"): SetTag,
    ("update", "tag"): SetTag,
    ("remove", "tag"): DeleteTag,
    ("update", "description"): SetDescription,
    ("create", "alias"): SetAlias,
    ("move", "alias"): SetAlias,
    ("remove", "alias"): DeleteAlias,
    ("remove", "version"): DeleteVersion,
}


def identity_of(change: Change) -> dict[str, Any]:
    """Return what identifies a change, as JSON values without secrets.

    These are the fields that are compared, so not what only execution knows: provenance, and where
    an upload comes to lie.
    """
    return {"action": change.action, "kind": change.kind, **_compared_fields(change)}


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


def change_from(identity: Mapping[str, Any]) -> Change:
    """Return the change with this identity, which is as the schema of plan files says."""
    values = {key: value for key, value in identity.items() if key not in {"action", "kind"}}
    if isinstance(values.get("source"), Mapping):
        values["source"] = Source(**values["source"])
    return CHANGES[identity["action"], identity["kind"]](**values)


def _compared_fields(value: Any) -> dict[str, Any]:
    return {f.name: _as_json(f.name, getattr(value, f.name)) for f in fields(value) if f.compare}


def _as_json(name: str, value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value):
        return _compared_fields(value)
    if name in {"uri", "stored", "source"} and isinstance(value, str):
        return safe_uri(value)
    return value

"""The JSON of a change in checksums and plan files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    Change,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetDescription,
    SetTag,
)
from registrar.state import Source
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["change_from", "identity_of"]

CHANGES: dict[tuple[str, str], Callable[..., Change]] = {
    ("create", "model"): CreateModel,
    ("create", "version"): CreateVersion,
    ("adopt", "model"): AdoptModel,
    ("adopt", "version"): AdoptVersion,
    ("create", "tag"): SetTag,
    ("update", "tag"): SetTag,
    ("remove", "tag"): DeleteTag,
    ("update", "description"): SetDescription,
    ("create", "event"): RecordEvent,
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


def change_from(identity: Mapping[str, Any]) -> Change:
    """Return the change with this identity, which fits the schema of plan files."""
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

"""The JSON form of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import assert_never

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetDescription,
    SetTag,
    entry_of,
    version_of,
)
from registrar.report.wording import field_path
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from registrar.changes.changes import Change

__all__ = ["change_to_dict"]


def change_to_dict(change: Change) -> dict[str, Any]:
    """Return the JSON form of a change: the same fields for all kinds of change.

    `before` and `after` are text for tags and descriptions, version numbers for aliases (null for a
    version that is not created yet), and objects for a model or a version as a whole.
    """
    before, after = _list_sides(change)
    return {
        "action": change.action,
        "kind": change.kind,
        "field": field_path(change),
        "before": before,
        "after": after,
        "version": version_of(change),
        "entry": entry_of(change),
        **_describe_signature(change),
    }


def _describe_signature(change: Change) -> dict[str, Any]:
    """Return what an alias that moves changes in the signature, where that is known."""
    if isinstance(change, SetAlias) and change.signature is not None:
        return {"signature": change.signature.to_dict()}
    return {}


def _list_sides(change: Change) -> tuple[Any, Any]:
    match change:
        case CreateModel():
            return None, {
                "name": change.name,
                "description": change.description,
                "tags": dict(change.tags),
            }
        case CreateVersion():
            return None, {
                "digest": change.source.digest,
                "source": safe_uri(change.source.uri),
                "run_id": change.source.run_id,
                "description": change.description,
                "tags": change.all_tags,
                "bytes": change.size,
                **({"differs_from": change.difference.to_dict()} if change.difference else {}),
            }
        case AdoptModel() | AdoptVersion():
            return None, dict(change.tags)
        case SetTag() | SetDescription():
            return change.before, change.after
        case DeleteTag() | DeleteAlias():
            return change.before, None
        case SetAlias():
            return change.before, change.version
        case RecordEvent():
            return None, {"from": change.before, "to": change.version, "digest": change.digest}
        case DeleteVersion():
            return {"digest": change.digest, "source": safe_uri(change.source)}, None
        case _:
            assert_never(change)

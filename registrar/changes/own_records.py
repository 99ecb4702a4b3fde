"""Which changes matter to people: not those that only write what registrar keeps for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.changes import AdoptModel, AdoptVersion, DeleteTag, RecordEvent, SetTag
from registrar.changes.tags import is_own_tag
from registrar.state import METRICS_TAG, OWNER_TAG, PROTECTED_TAG

if TYPE_CHECKING:
    from registrar.changes.changes import Change

__all__ = ["is_drift", "is_record"]


def is_record(change: Change) -> bool:
    """Return whether a change only writes what registrar keeps for itself.

    The owner, the protected aliases and the metrics are tags of registrar, too, but people set them.
    """
    match change:
        case SetTag(key=key) | DeleteTag(key=key):
            return is_own_tag(key) and key not in {OWNER_TAG, PROTECTED_TAG, METRICS_TAG}
        case RecordEvent():
            return True
        case _:
            return False


def is_drift(change: Change) -> bool:
    """Return False for a change that only writes what registrar keeps for itself."""
    return not (isinstance(change, AdoptModel | AdoptVersion) or is_record(change))

"""How much a change matters to a reviewer: what comes first where not everything has room."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

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
)
from registrar.policy.protection import protected_aliases
from registrar.state import OWNER_TAG, PROTECTED_TAG

if TYPE_CHECKING:
    from collections.abc import Collection

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan

__all__ = ["Importance", "importance_of_change", "importance_of_model", "list_protected"]


class Importance(IntEnum):
    """The ranks of changes, the most important first."""

    FAILED = 0  # a verdict forbids it, it is stuck midway, or nobody could look at it
    GUARDED = 1  # a protected alias moves or goes, or a guard changes
    REMOVED = 2
    MOVED = 3
    UPDATED = 4
    CREATED = 5


def importance_of_model(model: ModelPlan, *, is_unfinished: bool = False) -> Importance:
    """Return the rank of the most important change of a model."""
    fails = any(verdict.state == "fails" for verdict in model.verdicts)
    if is_unfinished or fails or model.error is not None:
        return Importance.FAILED
    protected = list_protected(model)
    ranks = (importance_of_change(change, protected) for change in model.changes)
    return min(ranks, default=Importance.CREATED)


def importance_of_change(change: Change, protected: Collection[str]) -> Importance:
    """Return the rank of a change of a model with these protected aliases."""
    match change:
        case SetAlias(before=int()) | DeleteAlias() if change.alias in protected:
            return Importance.GUARDED
        case SetTag(key=key) | DeleteTag(key=key) if key in {OWNER_TAG, PROTECTED_TAG}:
            return Importance.GUARDED
        case DeleteTag() | DeleteVersion() | DeleteAlias():
            return Importance.REMOVED
        case SetAlias(before=int()):
            return Importance.MOVED
        case SetTag() | SetDescription():
            return Importance.UPDATED
        case SetAlias() | CreateModel() | CreateVersion() | AdoptModel() | AdoptVersion():
            return Importance.CREATED
        case RecordEvent():  # no reader sees it
            return Importance.CREATED
        case _:
            assert_never(change)


def list_protected(model: ModelPlan) -> frozenset[str]:
    """Return the aliases that the server or the configuration protects, as far as a plan knows them."""
    return frozenset(protected_aliases(model.observed, model.desired.protected))

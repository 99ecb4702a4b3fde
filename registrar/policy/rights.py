"""Rights: what the server lets the user of a run do, compared with what a plan needs.

MLflow's basic authentication knows EDIT, which adds and changes, and MANAGE, which also removes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

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
from registrar.errors import Problem
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan

__all__ = [
    "PERMISSIONS",
    "MissingRight",
    "Rights",
    "UploadRight",
    "find_missing_rights",
    "find_missing_upload_rights",
]

Need: TypeAlias = Literal["EDIT", "MANAGE"]

# What a user may do with each of MLflow's permissions: 1 adds and changes, 2 removes as well.
PERMISSIONS = {"DENY": 0, "NO_PERMISSIONS": 0, "READ": 0, "USE": 0, "EDIT": 1, "MANAGE": 2}


@dataclass(frozen=True, slots=True)
class Rights:
    """What a server tells of a user's rights on registered models.

    `permissions` has the permission on each model by name, where the server tells it. With
    `covers_versions`, they hold for a model's versions, too: no grant is on a version alone.
    """

    user: str
    permissions: Mapping[str, str]
    covers_versions: bool = True


@dataclass(frozen=True, slots=True)
class UploadRight:
    """What a server tells of a user's right on the experiment that holds uploads."""

    user: str
    experiment: str
    permission: str


@dataclass(frozen=True, slots=True)
class MissingRight:
    """A permission that the plan of one model needs, and that the user of the run does not have.

    It is a permission on the model, or on the experiment of this name.
    """

    model: str
    user: str
    has: str
    needs: Need
    experiment: str | None = None

    @property
    def problem(self) -> Problem:
        """Why the plan must not be executed."""
        message = f"{self.model}: {self.user} has the permission {self._has}, and the plan needs {self.needs}"
        hint = "Ask an administrator of the server for it, or run it as another user."
        return Problem("missing-right", message, hint)

    @property
    def note(self) -> Note:
        """The note on a plan that is only printed."""
        return Note("missing-right", self.user, {"has": self._has, "needs": self.needs})

    @property
    def _has(self) -> str:
        return f"{self.has} on the experiment '{self.experiment}'" if self.experiment else self.has


def find_missing_rights(plan: Plan, rights: Rights) -> Iterator[MissingRight]:
    """Yield the rights that the user of a run lacks; the creator of a model has all rights on it."""
    for model in plan.models:
        has = rights.permissions.get(model.name)
        if has is None or model.observed is None:
            continue
        needs = _need(model, covers_versions=rights.covers_versions)
        if needs is not None and PERMISSIONS[has] < PERMISSIONS[needs]:
            yield MissingRight(model.name, rights.user, has, needs)


def find_missing_upload_rights(plan: Plan, right: UploadRight) -> Iterator[MissingRight]:
    """Yield the models whose files the user of a run has no right to upload."""
    if PERMISSIONS[right.permission] >= PERMISSIONS["EDIT"]:
        return
    for model in plan.models:
        if any(isinstance(change, CreateVersion) and change.uploads for change in model.changes):
            yield MissingRight(model.name, right.user, right.permission, "EDIT", right.experiment)


def _need(model: ModelPlan, *, covers_versions: bool) -> Need | None:
    """Return the highest permission that the changes of a model need."""
    needs = {_need_of(change, covers_versions=covers_versions) for change in model.changes}
    return "MANAGE" if "MANAGE" in needs else "EDIT" if "EDIT" in needs else None


def _need_of(change: Change, *, covers_versions: bool) -> Need | None:
    match change:
        case CreateModel():
            return None
        case CreateVersion() | AdoptModel() | SetAlias():
            return "EDIT"
        case DeleteAlias():
            return "MANAGE"
        case SetTag() | SetDescription():
            return "EDIT" if change.version is None or covers_versions else None
        case DeleteTag():
            return "MANAGE" if change.version is None or covers_versions else None
        case AdoptVersion() | RecordEvent():
            return "EDIT" if covers_versions else None
        case DeleteVersion():
            return "MANAGE" if covers_versions else None
        case _:
            assert_never(change)

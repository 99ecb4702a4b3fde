"""Rights, tried before the first write: whether the user of a run may do what its plan holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.policy.rights import find_missing_rights, find_missing_upload_rights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.changes.plan import Plan
    from registrar.policy.rights import MissingRight
    from registrar.registry import Backend
    from registrar.state import Note

__all__ = ["missing_rights", "with_right_notes"]


def missing_rights(plan: Plan, backend: Backend) -> tuple[MissingRight, ...]:
    """Return the permissions that the plan needs and its user does not have.

    Only what changes is asked for, and only of a server that tells.
    """
    names = [model.name for model in plan.models if model.changes and model.observed is not None]
    rights = backend.registry.read_rights(names) if names else None
    upload = backend.store.read_upload_right() if plan.uploads else None
    return (
        *(() if rights is None else find_missing_rights(plan, rights)),
        *(() if upload is None else find_missing_upload_rights(plan, upload)),
    )


def with_right_notes(plan: Plan, missing: Sequence[MissingRight]) -> Plan:
    """Return the plan with a note on each model that its user cannot change."""
    notes: dict[str, tuple[Note, ...]] = {}
    for right in missing:
        notes[right.model] = (*notes.get(right.model, ()), right.note)
    models = tuple(
        replace(model, notes=(*model.notes, *notes.get(model.name, ()))) for model in plan.models
    )
    return replace(plan, models=models)

"""Rights, tried before the first write: whether the user of a run may do what its plan holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.policy.rights import find_missing_rights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.changes.plan import Plan
    from registrar.policy.rights import MissingRight
    from registrar.registry import Registry

__all__ = ["missing_rights", "with_right_notes"]


def missing_rights(plan: Plan, registry: Registry) -> tuple[MissingRight, ...]:
    """Return the permissions that the plan needs and its user does not have.

    Only the models that exist and change are asked for, and only of a server that tells.
    """
    names = [model.name for model in plan.models if model.changes and model.observed is not None]
    rights = registry.read_rights(names) if names else None
    return () if rights is None else tuple(find_missing_rights(plan, rights))


def with_right_notes(plan: Plan, missing: Sequence[MissingRight]) -> Plan:
    """Return the plan with a note on each model that its user cannot change."""
    notes = {right.model: right.note for right in missing}
    models = tuple(
        replace(model, notes=(*model.notes, notes[model.name])) if model.name in notes else model
        for model in plan.models
    )
    return replace(plan, models=models)

"""The signatures of the two versions of an alias that would move, as far as the plan knows them.

Nothing is read for it: a version carries its signature in a tag, and a declared model was looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import SetAlias
from registrar.content.signature import parse_signature, read_signature
from registrar.policy.signatures import compare_signatures

if TYPE_CHECKING:
    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.version_evidence import Signature

__all__ = ["find_known_signature", "with_signature_changes"]


def with_signature_changes(plan: Plan) -> Plan:
    """Return the plan whose moved aliases say what their new version changes in the signature."""
    return replace(plan, models=tuple(map(_explain, plan.models)))


def find_known_signature(
    model: ModelPlan, *, number: int | None = None, entry: int | None = None
) -> Signature | None:
    """Return the signature of the version with this number, or of a declared version.

    None where it has none, and where nobody has read it. What the files say counts before the tag.
    """
    source = None
    if entry is not None:
        source, number = model.desired.versions[entry].source, model.matches[entry]
    elif number in model.matches:
        source = model.desired.versions[model.matches.index(number)].source
    if source is not None and (looked_at := read_signature(source.signature)) is not None:
        return looked_at
    versions = () if number is None or model.observed is None else model.observed.versions
    return next((parse_signature(v.signature) for v in versions if v.number == number), None)


def _explain(model: ModelPlan) -> ModelPlan:
    if not any(isinstance(change, SetAlias) and change.before for change in model.changes):
        return model
    return replace(model, changes=tuple(_compare(model, change) for change in model.changes))


def _compare(model: ModelPlan, change: Change) -> Change:
    """Return the move of an alias with the comparison; nothing is said where neither is known.

    What was read for a gate is taken from there.
    """
    if not isinstance(change, SetAlias) or change.before is None:
        return change
    old = find_known_signature(model, number=change.before)
    new = find_known_signature(model, entry=change.entry)
    for move in model.evidence:
        if move.alias == change.alias and move.replaced is not None:
            old, new = old or move.replaced.signature, new or move.candidate.signature
    if old is None and new is None:
        return change
    return replace(change, signature=compare_signatures(old, new))

"""The tag of a new version that holds its signature, so that a later plan compares without a look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import AdoptVersion, CreateVersion
from registrar.changes.tag_limits import longest_optional_tag
from registrar.content.signature import SIGNATURE_TAG, read_signature, signature_text
from registrar.state import DIGEST_TAG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.state import Source

__all__ = ["with_signature_tags"]


def with_signature_tags(plan: Plan) -> Plan:
    """Return the plan whose new and adopted versions carry the signatures of their models.

    A signature that is too long for a tag of this server stays out: whoever needs it reads the MLmodel.
    """
    limit = longest_optional_tag(plan.server)
    return replace(plan, models=tuple(_add_tags(model, limit) for model in plan.models))


def _add_tags(model: ModelPlan, limit: int) -> ModelPlan:
    if not any(isinstance(change, CreateVersion | AdoptVersion) for change in model.changes):
        return model
    return replace(model, changes=tuple(_add_tag(model, c, limit) for c in model.changes))


def _add_tag(model: ModelPlan, change: Change, limit: int) -> Change:
    match change:
        case CreateVersion(source=source):
            return replace(change, tags={**change.tags, **_make_tag(source, limit)})
        case AdoptVersion() if DIGEST_TAG in change.tags:
            tag = _make_tag(model.desired.versions[change.entry].source, limit)
            return replace(change, tags={**tag, **change.tags})  # the digest comes last
        case _:
            return change


def _make_tag(source: Source, limit: int) -> Mapping[str, str]:
    text = signature_text(read_signature(source.signature))
    return {SIGNATURE_TAG: text} if text is not None and len(text) <= limit else {}

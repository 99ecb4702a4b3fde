"""Models that are made of an alias of another model, which the same plan moves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import DeleteAlias, SetAlias
from registrar.note import Note
from registrar.uris import VersionUri, parse_source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from registrar.changes.plan import ModelPlan, Plan

__all__ = ["with_followed_aliases"]


def with_followed_aliases(plan: Plan) -> Plan:
    """Return the plan with a note on each source that a second run would look up as another version.

    All sources are looked up before anything is written.
    """
    moved = {
        (model.name, change.alias)
        for model in plan.models
        for change in model.changes
        if isinstance(change, SetAlias | DeleteAlias)
    }
    if not moved or len(plan.models) == 1:
        return plan
    return replace(plan, models=tuple(_add_notes(model, moved) for model in plan.models))


def _add_notes(model: ModelPlan, moved: Collection[tuple[str, str]]) -> ModelPlan:
    notes = tuple(_list_notes(model, moved))
    return replace(model, notes=(*model.notes, *notes)) if notes else model


def _list_notes(model: ModelPlan, moved: Collection[tuple[str, str]]) -> Iterator[Note]:
    for version in model.desired.versions:
        source = version.source
        uri = parse_source(source.uri)
        if not isinstance(uri, VersionUri) or uri.alias is None or source.upstream is not None:
            continue
        if uri.name != model.name and (uri.name, uri.alias) in moved:
            yield Note("alias-moves-later", source.uri)

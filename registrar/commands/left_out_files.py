"""Files of a run at the path of its logged model that are not part of the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import CreateVersion
from registrar.errors import RegistrarError
from registrar.state import Note
from registrar.text import quote
from registrar.uris import RunUri, parse_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.registry import Store
    from registrar.state import Source

__all__ = ["with_left_out_notes"]

MAX_NAMES = 5  # in one note


def with_left_out_notes(plan: Plan, store: Store) -> Plan:
    """Return the plan with a note for each new version that leaves out files of its run."""
    models = tuple(
        replace(model, notes=(*model.notes, *_find_notes(model, store))) for model in plan.models
    )
    return replace(plan, models=models)


def _find_notes(model: ModelPlan, store: Store) -> Iterator[Note]:
    for change in model.changes:
        if isinstance(change, CreateVersion) and _is_logged_model_of_run(change.source):
            names = _list_names(change.source.uri, store)
            if names:
                more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
                files = ", ".join(map(quote, names[:MAX_NAMES])) + more
                values = {"model": str(change.source.stored), "files": files}
                yield Note("run-files-left-out", change.source.uri, values)


def _is_logged_model_of_run(source: Source) -> bool:
    return source.model_id is not None and isinstance(parse_source(source.uri), RunUri)


def _list_names(uri: str, store: Store) -> list[str]:
    """Return what the run has at that path; nothing where that cannot be listed."""
    try:
        listing = store.list_files(uri)
    except RegistrarError:  # a note is not worth a failure
        return []
    return [] if listing is None else sorted({*listing.files, *listing.folders})

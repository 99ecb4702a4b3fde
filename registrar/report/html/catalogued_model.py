"""A model as its page needs it, from what the registry holds of its versions and their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.history import list_moves
from registrar.content.signature import parse_signature
from registrar.report.html.catalogue import CataloguedModel
from registrar.report.html.limits import find_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import ObservedModel, RunData
    from registrar.version_evidence import Measurements

__all__ = ["catalogue_model"]


def catalogue_model(
    model: ObservedModel,
    metrics: Mapping[int, Measurements],
    runs: Mapping[str, RunData],
    files: Mapping[int, Mapping[str, str] | None],
) -> CataloguedModel:
    """Return a model with the limits that its aliases were judged by.

    `metrics` and `files` are those of each version by its number, `runs` are the runs by their ids.
    """
    moves = tuple(move for move in list_moves(model) if move.state != "not-completed")
    return CataloguedModel(
        model,
        metrics,
        params={
            version.number: run.params
            for version in model.versions
            if (run := runs.get(version.run_id or "")) is not None
        },
        signatures={
            version.number: signature
            for version in model.versions
            if (signature := parse_signature(version.signature)) is not None
        },
        files={number: known for number, known in files.items() if known is not None},
        moves=moves,
        limits=find_limits(moves, model.aliases),
    )

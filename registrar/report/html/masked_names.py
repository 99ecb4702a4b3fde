"""Take secrets out of names before a drawing shortens them: a part of a secret is a secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from registrar.report.html.catalogue import CataloguedModel

__all__ = ["mask_names"]


def mask_names(catalogued: CataloguedModel, mask: Callable[[str], str]) -> CataloguedModel:
    """Return a model whose aliases, metrics and datasets have names without secrets."""
    model = catalogued.model
    versions = tuple(
        replace(version, aliases=tuple(map(mask, version.aliases))) for version in model.versions
    )
    protected = None if model.protected is None else tuple(map(mask, model.protected))
    metrics = {
        number: {
            mask(name): tuple(
                replace(item, dataset=mask(item.dataset)) if item.dataset else item
                for item in items
            )
            for name, items in measurements.items()
        }
        for number, measurements in catalogued.metrics.items()
    }
    limits = tuple(
        replace(
            limit,
            metric=mask(limit.metric),
            dataset=limit.dataset and mask(limit.dataset),
            alias=mask(limit.alias),
        )
        for limit in catalogued.limits
    )
    moves = tuple(replace(move, alias=mask(move.alias)) for move in catalogued.moves)
    return replace(
        catalogued,
        model=replace(model, versions=versions, protected=protected),
        metrics=metrics,
        limits=limits,
        moves=moves,
    )

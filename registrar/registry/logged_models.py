"""Logged models of one run as a person knows them: by name and step, with the id to choose one by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.text import quote
from registrar.uris import LoggedModelUri

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.registry.protocol import LoggedModel

__all__ = ["describe_logged_models"]


def describe_logged_models(models: Iterable[LoggedModel], steps: Mapping[str, int]) -> str:
    """Return the models with names, steps and URIs, in the order of the steps; `steps` are by id."""
    ordered = sorted(models, key=lambda m: (steps.get(m.model_id, 0), m.created, m.model_id))
    return ", ".join(
        f"{quote(model.name)}{_step(steps.get(model.model_id))} "
        f"({LoggedModelUri.of(model.model_id).text})"
        for model in ordered
    )


def _step(step: int | None) -> str:
    return "" if step is None else f" at step {step}"

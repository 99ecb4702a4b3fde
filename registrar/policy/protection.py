"""Protection: a plan needs a permission to move protected aliases, or to change another's model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.changes import DeleteAlias, SetAlias
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.state import ObservedModel

__all__ = ["owner_problems", "protection_problems"]


def protection_problems(
    plan: Plan, *, allow_protected: Collection[str], allow_takeover: bool
) -> Iterator[Problem]:
    """Yield a problem for each change that needs a permission which was not given.

    `allow_protected` holds the aliases that may move although they are protected. With
    `allow_takeover`, models of other owners may be changed. A model without changes has no problem.
    """
    for model in plan.models:
        if model.changes and model.observed is not None and not allow_takeover:
            yield from owner_problems(model.observed, model.desired.owner)
        yield from _moved_aliases(model, allow_protected)


def owner_problems(observed: ObservedModel, owner: str | None) -> Iterator[Problem]:
    """Yield the problem of a model that has another owner than `owner`, the configuration's."""
    if observed.owner is None or observed.owner == owner:
        return
    ours = f"this configuration has the owner {owner}" if owner else "this configuration has none"
    yield Problem(
        "other-owner",
        f"{observed.name} has the owner {observed.owner}, and {ours}",
        "Change the model there, or take it over with apply.allow_takeover=true.",
    )


def _moved_aliases(model: ModelPlan, allowed: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each protected alias that would move or be deleted."""
    for change in model.changes:
        match change:
            case SetAlias(alias=alias, before=int() as before, version=version):
                target = f"version {version}" if version else "a new version"
            case DeleteAlias(alias=alias, before=before):
                target = "no version"
            case _:
                continue
        if alias in model.desired.protected and alias not in allowed:
            yield Problem(
                "protected-alias",
                f"{model.name}: the alias '{alias}' is protected and would move from "
                f"version {before} to {target}",
                f"Allow it with 'apply.allow_protected=[{alias}]'.",
            )

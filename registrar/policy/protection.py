"""What a plan may not do without being told so: move protected aliases, take models over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from registrar.state import ModelPlan, ObservedModel, Plan

__all__ = ["problems", "takeover"]


def problems(
    plan: Plan, *, allow_protected: Collection[str], allow_takeover: bool
) -> Iterator[Problem]:
    """Each change that needs a permission it does not have; none for a plan without changes."""
    for model in plan.models:
        if model.changes and model.observed is not None and not allow_takeover:
            yield from takeover(model.observed, model.desired.owner)
        yield from _protected(model, allow_protected)


def takeover(observed: ObservedModel, ours: str | None) -> Iterator[Problem]:
    """The problem of a model that another owner manages."""
    owner = observed.owner
    if owner is None or owner == ours:
        return
    who = f"this configuration's is {ours}" if ours else "this configuration names none"
    yield Problem(
        "todo",
        f"{observed.name} has the owner {owner}, and {who}",
        "Change the model there, or take it over with apply.allow_takeover=true.",
    )


def _protected(model: ModelPlan, allowed: Collection[str]) -> Iterator[Problem]:
    for change in model.changes:
        alias = change.field or ""
        guarded = alias in model.desired.protected and alias not in allowed
        if change.kind == "alias" and change.action != "create" and guarded:
            after = "nothing" if change.action == "remove" else change.after or "a new version"
            yield Problem(
                "todo",
                f"{model.desired.name}: the alias '{alias}' is protected and would go from "
                f"version {change.before} to {after}",
                f"Allow it with 'apply.allow_protected=[{alias}]'.",
            )

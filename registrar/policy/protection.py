"""Protection: what needs a permission because an alias is protected, or the model is another's.

An alias is protected when the server or the configuration says so. Only a permission lifts what
the server says, so no configuration can take a protection away in silence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import DeleteAlias, SetAlias, SetTag
from registrar.errors import Place, Problem
from registrar.state import PROTECTED_TAG

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.state import ObservedModel

__all__ = [
    "deletion_problems",
    "new_protection_problems",
    "owner_problems",
    "protected_aliases",
    "protection_problems",
]

LIFTED = "would lose its protection"


def protection_problems(
    plan: Plan, *, allow_protected: Collection[str], allow_takeover: bool
) -> Iterator[Problem]:
    """Yield a problem for each change that needs a permission which was not given.

    `allow_protected` holds the aliases that may move although they are protected. With
    `allow_takeover`, models of other owners may be changed. A model without changes has no problem.
    """
    for model in plan.models:
        if model.changes and model.observed is not None and not allow_takeover:
            yield from _locate(model, owner_problems(model.observed, model.desired.owner))
        guarded = protected_aliases(model.observed, model.desired.protected) - {*allow_protected}
        yield from _locate(model, _alias_problems(model.name, guarded, _losses(model)))


def deletion_problems(
    model: ObservedModel,
    version: int | None,
    *,
    declared: Collection[str],
    allow_protected: Collection[str],
) -> Iterator[Problem]:
    """Yield a problem for each protected alias that goes with a version, or with the whole model.

    `version` is None for the whole model. `declared` are the aliases that the chosen configuration
    protects.
    """
    protected = protected_aliases(model, declared)
    targets = model.aliases
    losses = [
        (alias, "would be deleted" if alias in targets else LIFTED)
        for alias in sorted(protected | targets.keys())
        if version is None or targets.get(alias) == version
    ]
    yield from _alias_problems(model.name, protected - {*allow_protected}, losses)


def new_protection_problems(plan: ModelPlan, now: ObservedModel) -> Iterator[Problem]:
    """Yield a problem for each loss of an alias that was protected after the plan was made.

    `now` is the model right before the first write.
    """
    if plan.observed is not None:
        known = protected_aliases(plan.observed, plan.desired.protected)
        guarded = protected_aliases(now, None) - known
        yield from _locate(plan, _alias_problems(plan.name, guarded, _losses(plan)))


def owner_problems(observed: ObservedModel, owner: str | None) -> Iterator[Problem]:
    """Yield the problem of a model that has another owner than `owner`, the configuration's."""
    if observed.owner is None or observed.owner == owner:
        return
    ours = f"this configuration has the owner {owner}" if owner else "this configuration has none"
    yield Problem(
        "other-owner",
        f"{observed.name} has the owner {observed.owner}, and {ours}",
        "Change the model there, or take it over with allow_takeover=true.",
    )


def protected_aliases(observed: ObservedModel | None, declared: Collection[str] | None) -> set[str]:
    """Return the aliases that the server or the configuration protects."""
    on_server = observed.protected if observed else None
    return {*(on_server or ()), *(declared or ())}


def _losses(model: ModelPlan) -> Iterator[tuple[str, str]]:
    """Yield each alias that a plan moves, deletes or leaves unprotected, and what happens to it."""
    for change in model.changes:
        match change:
            case SetAlias(alias=alias, before=int() as before, version=version):
                target = f"version {version}" if version else "a new version"
                yield alias, f"would move from version {before} to {target}"
            case DeleteAlias(alias=alias, before=before):
                yield alias, f"would move from version {before} to no version"
            case SetTag(version=None, key=key) if key == PROTECTED_TAG:
                before_it = protected_aliases(model.observed, None)
                for alias in sorted(before_it - {*(model.desired.protected or ())}):
                    yield alias, LIFTED
            case _:
                continue


def _alias_problems(
    name: str, guarded: Collection[str], losses: Iterable[tuple[str, str]]
) -> Iterator[Problem]:
    """Yield a problem for each loss of a guarded alias."""
    for alias, loss in losses:
        if alias in guarded:
            yield Problem(
                "protected-alias",
                f"{name}: the alias '{alias}' is protected and {loss}",
                f"Allow it with allow_protected={alias}.",
            )


def _locate(model: ModelPlan, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield problems with the place of the model's file, where it has one."""
    yield from (replace(problem, place=Place(model.origin)) for problem in problems)

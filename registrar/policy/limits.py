"""Limits on mass change: which share of aliases, tags and models one run may move or remove.

A wrong default, a lost folder or a bad merge changes everything at once; a person rarely means that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import DeleteAlias, DeleteTag, SetAlias
from registrar.changes.own_records import is_record
from registrar.errors import Problem
from registrar.policy.exact_numbers import parse_number
from registrar.policy.protection import protected_aliases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.changes.plan import ModelPlan, Plan

__all__ = ["Limits", "find_laxer_fields", "mass_deletion_problems", "mass_problems"]

PERCENT = Decimal(30)
SMALLEST = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """The field `limits`, in percent.

    `moved_aliases` is for the aliases that move: the protected ones, or all with `counts_all`.
    `removed` is for aliases, for tags, and for models that are deleted. With fewer than `smallest`
    existing models, or aliases, or tags, there is no limit: one of two would be half of them.
    """

    moved_aliases: Decimal = PERCENT
    removed: Decimal = PERCENT
    smallest: int = SMALLEST
    counts_all: bool = False

    @classmethod
    def parse(cls, node: Mapping[str, Any]) -> Limits:
        """Return the limits of a valid configuration."""
        return cls(
            moved_aliases=_parse_percent(node.get("moved_aliases")),
            removed=_parse_percent(node.get("removed")),
            smallest=node.get("from") or SMALLEST,
            counts_all=node.get("aliases") == "all",
        )


def find_laxer_fields(limits: Limits, others: Limits) -> list[str]:
    """Return the fields of `limits` that allow more than `others` do."""
    is_laxer = {
        "moved_aliases": limits.moved_aliases > others.moved_aliases,
        "removed": limits.removed > others.removed,
        "aliases": others.counts_all and not limits.counts_all,
        "from": limits.smallest > others.smallest,
    }
    return [field for field, laxer in is_laxer.items() if laxer]


def mass_problems(plan: Plan, limits: Limits) -> Iterator[Problem]:
    """Yield a problem for each limit that a plan exceeds; new models have nothing to lose."""
    existing = [model for model in plan.models if model.observed is not None]
    if len(existing) < limits.smallest:
        return
    held: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    moved = held_aliases = 0
    for model in existing:
        held.update(_count_held(model))
        lost.update(_count_removed(model))
        guarded = _guarded_aliases(model, limits)
        held_aliases += len(guarded)
        moved += sum(
            isinstance(change, SetAlias) and change.before is not None and change.alias in guarded
            for change in model.changes
        )
    kind = "aliases" if limits.counts_all else "protected aliases"
    yield from _explain("moved_aliases", f"move {{}} {kind}", moved, held_aliases, limits)
    for kind in ("aliases", "tags"):
        yield from _explain("removed", f"remove {{}} {kind}", lost[kind], held[kind], limits)


def mass_deletion_problems(count: int, total: int, limits: Limits) -> Iterator[Problem]:
    """Yield the problem where `count` of an owner's `total` models are too many to delete at once."""
    yield from _explain("removed", "delete {} models", count, total, limits)


def _explain(field: str, what: str, count: int, total: int, limits: Limits) -> Iterator[Problem]:
    limit = limits.moved_aliases if field == "moved_aliases" else limits.removed
    if total < limits.smallest or count * 100 <= limit * total:
        return
    yield Problem(
        "mass-change",
        f"this would {what.format(f'{count} of {total}')}, and limits.{field} is {limit}%",
        "Look at the plan. If you want all of these changes, allow them with allow_mass=true.",
    )


def _guarded_aliases(model: ModelPlan, limits: Limits) -> set[str]:
    """Return the aliases of an existing model whose moves count."""
    assert model.observed is not None, "of an existing model"
    aliases = {*model.observed.aliases}
    if limits.counts_all:
        return aliases
    return aliases & protected_aliases(model.observed, model.desired.protected)


def _count_held(model: ModelPlan) -> dict[str, int]:
    """Return how many values of each kind an existing model has."""
    assert model.observed is not None, "of an existing model"
    tags = len(model.observed.tags) + sum(len(v.tags) for v in model.observed.versions)
    return {"aliases": len(model.observed.aliases), "tags": tags}


def _count_removed(model: ModelPlan) -> Iterator[str]:
    """Yield the kind of each value that a plan removes.

    registrar's own records do not count, nor do the duplicates that a race has left.
    """
    for change in model.changes:
        if is_record(change):
            continue
        match change:
            case DeleteAlias():
                yield "aliases"
            case DeleteTag():
                yield "tags"
            case _:
                continue


def _parse_percent(text: str | None) -> Decimal:
    return PERCENT if text is None else parse_number(text)

"""The verdicts of the gates of a plan, on what is known of the versions of each alias that moves.

Of a version, only what its gates need is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import SetAlias
from registrar.commands.collect_evidence import Side
from registrar.policy.gates import Gate
from registrar.state import Note
from registrar.version_evidence import MoveEvidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.commands.collect_evidence import SideKey
    from registrar.verdicts import Verdict
    from registrar.version_evidence import VersionEvidence

__all__ = ["list_gated_moves", "note_unused_gates", "with_gate_verdicts"]


@dataclass(frozen=True, slots=True)
class GatedMove:
    """An alias with a gate that would be set or moved.

    `candidate` is the version that it would come to, `replaced` the one that it would leave; None
    for its first use.
    """

    alias: str
    entry: int
    gate: Gate
    candidate: Side
    replaced: Side | None

    @property
    def sides(self) -> tuple[Side, ...]:
        """The versions that evidence is asked of."""
        return (self.candidate,) if self.replaced is None else (self.candidate, self.replaced)


def with_gate_verdicts(
    plan: Plan,
    moves: Sequence[Sequence[GatedMove]],
    known: Mapping[SideKey, VersionEvidence],
) -> Plan:
    """Return the plan with the evidence and the verdicts of all gates of aliases that move.

    `moves` are those of each model, in the order of the plan, and `known` is what is known of their
    versions.
    """
    judged = []
    for model, of_model in zip(plan.models, moves, strict=True):
        evidence = []
        verdicts: list[Verdict] = []
        for move in of_model:
            replaced = None if move.replaced is None else known[move.replaced.key]
            found = MoveEvidence(move.alias, move.entry, known[move.candidate.key], replaced)
            evidence.append(found)
            verdicts += move.gate.judge(found, allowed=plan.allowances.gates)
        judged.append(replace(model, evidence=tuple(evidence), verdicts=tuple(verdicts)))
    return replace(plan, models=tuple(judged))


def note_unused_gates(plan: Plan, models: Sequence[Mapping[str, Any]]) -> Plan:
    """Return the plan with a note on each gate of an alias that no declared version has.

    `models` are the configurations of the models, in the order of the plan.
    """
    noted = []
    for model, config in zip(plan.models, models, strict=True):
        unused = sorted({*(config.get("gates") or {})} - {*model.desired.aliases})
        notes = (Note("gate-unused", f"gates.{alias}") for alias in unused)
        noted.append(replace(model, notes=(*model.notes, *notes)))
    return replace(plan, models=tuple(noted))


def list_gated_moves(plan: ModelPlan, config: Mapping[str, Any]) -> Iterator[GatedMove]:
    """Yield the aliases of a model that have a gate and would be set or moved, in a fixed order."""
    gates = config.get("gates") or {}
    numbers = {} if plan.observed is None else {v.number: v for v in plan.observed.versions}
    changes = [change for change in plan.changes if isinstance(change, SetAlias)]
    for change in sorted(changes, key=lambda change: change.alias):
        if change.alias not in gates:
            continue
        gate = Gate.parse(gates[change.alias])
        there = None if change.version is None else numbers[change.version]
        names = frozenset(metric.name for metric in gate.metrics)
        candidate = Side(plan, change.entry, there, gate.needs, names)
        replaced = None
        if change.before is not None:
            left = numbers[change.before]
            replaced = Side(plan, None, left, gate.needs_of_replaced, names)
        yield GatedMove(change.alias, change.entry, gate, candidate, replaced)

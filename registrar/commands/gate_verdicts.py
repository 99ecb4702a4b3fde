"""The verdicts of the gates of a plan, on what is known of the versions of each alias that moves.

Only aliases that have a gate are looked at, for all models together, and only as far as the gates
need it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import SetAlias
from registrar.commands.version_evidence import Side, collect_evidence
from registrar.evidence import MoveEvidence
from registrar.policy.gates import Gate
from registrar.provenance import provenance
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.execution.executor import Executor

__all__ = ["note_unused_gates", "with_gate_verdicts"]


@dataclass(frozen=True, slots=True)
class _Move:
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
    plan: Plan, models: Sequence[Mapping[str, Any]], executor: Executor, run_id: str | None = None
) -> Plan:
    """Return the plan with the evidence and the verdicts of all gates of aliases that move.

    `models` are the configurations of the models, in the order of the plan. `run_id` is the run of
    versions that the plan creates, where their sources name none. Raises ServerError for a look that
    failed: then nobody knows whether a gate holds.
    """
    moves = [
        [*_find_moves(model, config)] for model, config in zip(plan.models, models, strict=True)
    ]
    all_moves = [move for of_model in moves for move in of_model]
    sides = [side for move in all_moves for side in move.sides]
    keys = {metric.name for move in all_moves for metric in move.gate.metrics}
    asks_tags = any(move.candidate.version is None and move.gate.metadata for move in all_moves)
    made_here = provenance() if asks_tags else {}  # a subprocess of git
    known = iter(collect_evidence(sides, (), executor, made_here, run_id=run_id, keys=keys))
    judged = []
    for model, of_model in zip(plan.models, moves, strict=True):
        evidence = []
        for move in of_model:
            candidate, *others = (next(known) for _ in move.sides)
            replaced = others[0] if others else None
            evidence.append(MoveEvidence(move.alias, move.entry, candidate, replaced))
        verdicts = [
            verdict
            for move, found in zip(of_model, evidence, strict=True)
            for verdict in move.gate.judge(found, allowed=plan.allowances.gates)
        ]
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


def _find_moves(plan: ModelPlan, config: Mapping[str, Any]) -> Iterator[_Move]:
    """Yield the aliases of a model that have a gate and would be set or moved, in a fixed order."""
    gates = config.get("gates") or {}
    numbers = {} if plan.observed is None else {v.number: v for v in plan.observed.versions}
    changes = [change for change in plan.changes if isinstance(change, SetAlias)]
    for change in sorted(changes, key=lambda change: change.alias):
        if change.alias not in gates:
            continue
        gate = Gate.parse(gates[change.alias])
        there = None if change.version is None else numbers[change.version]
        candidate = Side(plan, change.entry, there, gate.needs)
        replaced = None
        if change.before is not None:
            replaced = Side(plan, None, numbers[change.before], gate.needs_of_replaced)
        yield _Move(change.alias, change.entry, gate, candidate, replaced)

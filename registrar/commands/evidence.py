"""Evidence: what is known of the versions of an alias that would be set or moved, and the verdicts.

It is collected only for aliases that have a gate, for all models together, and only as far as the
gates need it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import SetAlias
from registrar.changes.measurements import MetricPlaces
from registrar.changes.planned_version import find_metric_places, find_tags_after
from registrar.changes.tags import is_own_tag
from registrar.commands.signature_reads import SignatureReader
from registrar.evidence import MoveEvidence, VersionEvidence
from registrar.policy.gates import Gate
from registrar.provenance import provenance
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.evidence import Measurements
    from registrar.registry import Backend
    from registrar.state import ObservedVersion

__all__ = ["note_unused_gates", "with_verdicts"]


@dataclass(frozen=True, slots=True)
class _Move:
    """An alias with a gate that would be set or moved.

    `candidate` is the version that it would come to, None for one that the plan creates; `replaced`
    the one that it would leave, None for its first use.
    """

    plan: ModelPlan
    change: SetAlias
    gate: Gate
    candidate: ObservedVersion | None
    replaced: ObservedVersion | None


def with_verdicts(
    plan: Plan, models: Sequence[Mapping[str, Any]], backend: Backend, run_id: str | None = None
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
    measurements = _read_measurements(all_moves, backend, run_id)
    asks_tags = any(move.candidate is None and move.gate.metadata for move in all_moves)
    made_here = provenance() if asks_tags else {}  # a subprocess of git
    signatures = SignatureReader(backend)
    judged = []
    for model, of_model in zip(plan.models, moves, strict=True):
        evidence = [
            _add_signatures(_describe(move, *next(measurements), made_here), move, signatures)
            for move in of_model
        ]
        verdicts = [
            verdict
            for move, known in zip(of_model, evidence, strict=True)
            for verdict in move.gate.judge(known, allowed=plan.allowances.gates)
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
        if change.alias in gates:
            yield _Move(
                plan,
                change,
                Gate.parse(gates[change.alias]),
                candidate=None if change.version is None else numbers[change.version],
                replaced=None if change.before is None else numbers[change.before],
            )


def _read_measurements(
    moves: Sequence[_Move], backend: Backend, run_id: str | None
) -> Iterator[tuple[Measurements, Measurements]]:
    """Yield the measurements of the candidate and of the replaced version of each move."""
    keys = {metric.name for move in moves for metric in move.gate.metrics}
    places: dict[MetricPlaces, None] = {}
    wanted: list[tuple[MetricPlaces | None, MetricPlaces | None]] = []
    for move in moves:
        entry = move.change.entry
        after = (
            find_metric_places(move.plan, entry, move.candidate, run_id)
            if move.gate.metrics
            else None
        )
        before = (
            MetricPlaces.of_version(move.replaced)
            if move.gate.compares and move.replaced is not None
            else None
        )
        wanted.append((after, before))
        places |= dict.fromkeys(place for place in (after, before) if place is not None)
    found: dict[MetricPlaces | None, Measurements] = {None: {}}
    if places:
        read = backend.store.read_measurements([*places], keys)
        found |= zip(places, read, strict=True)
    for after, before in wanted:
        yield found[after], found[before]


def _describe(
    move: _Move, after: Measurements, before: Measurements, made_here: Mapping[str, str]
) -> MoveEvidence:
    """Return what is known of both sides; `made_here` is the provenance of a version that is new."""
    desired = move.plan.desired.versions[move.change.entry]
    if move.candidate is None:
        number, made = None, made_here if desired.lineage is None else {}
    else:
        number, made = move.candidate.number, move.candidate.provenance
    tags = find_tags_after(move.plan, move.change.entry, move.candidate)
    candidate = VersionEvidence(
        number=number,
        digest=desired.digest or None,
        metrics=after,
        tags={**made, **{key: text for key, text in tags.items() if not is_own_tag(key)}},
        provenance=made,
    )
    replaced = None
    if move.replaced is not None:
        replaced = VersionEvidence(
            number=move.replaced.number,
            digest=move.replaced.digest,
            metrics=before,
            tags=move.replaced.tags,
            provenance=move.replaced.provenance,
        )
    return MoveEvidence(move.change.alias, move.change.entry, candidate, replaced)


def _add_signatures(known: MoveEvidence, move: _Move, reader: SignatureReader) -> MoveEvidence:
    demand = move.gate.signature
    if demand is None:
        return known
    return reader.complete(known, move.plan, compares=demand != "present")

"""The verdicts of rules on a plan: on each version that it changes, and on each alias that it moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from registrar.changes.changes import SetAlias
from registrar.commands.rule_book import judge_rule, list_rules
from registrar.commands.version_evidence import EVERYTHING, Side, collect_evidence
from registrar.evidence import MoveEvidence
from registrar.policy.evidence_document import evidence_document
from registrar.policy.presence import list_mentioned_fields
from registrar.provenance import provenance
from registrar.text import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.config.job import Job
    from registrar.evidence import VersionEvidence
    from registrar.execution.executor import Executor
    from registrar.policy.rules import Rule
    from registrar.verdicts import Verdict

__all__ = ["collect_documents", "list_entries", "with_rule_verdicts"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A declared version, or a model that declares none, and the aliases that would come to it.

    `number` counts the declared versions from 0. Each move has the number of the version that the
    alias leaves; None for its first use.
    """

    plan: ModelPlan
    number: int
    moves: tuple[SetAlias, ...]

    @property
    def side(self) -> Side | None:
        """The declared version; None for a model that declares none."""
        if not self.plan.desired.versions:
            return None
        match = self.plan.matches[self.number]
        return Side(self.plan, self.number, _find_version(self.plan, match))

    @property
    def replaced(self) -> list[Side | None]:
        """The version that each of the aliases leaves."""
        versions = [_find_version(self.plan, move.before) for move in self.moves]
        return [None if version is None else Side(self.plan, None, version) for version in versions]


@dataclass(frozen=True, slots=True)
class _BothSides:
    """What is known of a declared version, and of the versions that its aliases leave."""

    entry: Entry
    candidate: VersionEvidence | None
    moves: tuple[MoveEvidence, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The document that a rule judges."""
        return evidence_document(self.entry.plan, self.entry.number, self.candidate, self.moves)


def with_rule_verdicts(
    plan: Plan, jobs: Sequence[Job], executor: Executor, run_id: str | None = None
) -> Plan:
    """Return the plan with the verdicts of the rules on all models that it changes.

    `run_id` is the run of versions that the plan creates, where their sources name none. Raises
    ServerError for a look that failed, ConfigError for a rule that takes too long.
    """
    first, waived = jobs[0], plan.allowances.rules
    rules = list_rules(first)
    jobs = [job for job in jobs if "model" in job.config]  # without models, one job
    entries = [
        (index, entry)
        for index, model in enumerate(plan.models)
        if not model.in_sync and model.error is None
        for entry in list_entries(model)
        if any(_judges(rule, entry) for rule in rules)
    ]
    needs = _needs_of([rule for rule in rules if any(_judges(rule, e) for _, e in entries)])
    known = _collect_both_sides([entry for _, entry in entries], needs, executor, run_id)
    verdicts: dict[int, list[Verdict]] = {}
    evidence: dict[int, list[MoveEvidence]] = {}
    for (index, entry), both in zip(entries, known, strict=True):
        document = both.document
        of_entry = [v for rule in rules for v in _judge(rule, first, entry, document, waived)]
        verdicts.setdefault(index, []).extend(of_entry)
        evidence.setdefault(index, []).extend(both.moves)
    models = [*plan.models]
    for index, of_model in verdicts.items():
        model = models[index]
        place = model.place
        if place is None and index < len(jobs):  # `promote` needs no file of the model
            place = jobs[index].find_place(("model", "name"))
        models[index] = replace(
            model,
            verdicts=(*model.verdicts, *of_model),
            evidence=_complete(model.evidence, evidence[index]),
            place=place,
        )
    return replace(plan, models=tuple(models))


def list_entries(model: ModelPlan) -> Iterator[Entry]:
    """Yield the declared versions of a model, or the model alone where it declares none."""
    moves = [change for change in model.changes if isinstance(change, SetAlias)]
    for number in range(len(model.desired.versions) or 1):
        of_entry = sorted((m for m in moves if m.entry == number), key=lambda move: move.alias)
        yield Entry(model, number, tuple(of_entry))


def collect_documents(
    entries: Sequence[Entry], needs: frozenset[str], executor: Executor, run_id: str | None = None
) -> list[dict[str, Any]]:
    """Return the document of evidence of each declared version; see `collect_evidence`."""
    return [both.document for both in _collect_both_sides(entries, needs, executor, run_id)]


def _complete(
    gated: Sequence[MoveEvidence], others: Sequence[MoveEvidence]
) -> tuple[MoveEvidence, ...]:
    """Return the evidence that gates have collected, and that of the other aliases, in order."""
    by_alias = {move.alias: move for move in (*others, *gated)}
    return tuple(by_alias[alias] for alias in sorted(by_alias))


def _collect_both_sides(
    entries: Sequence[Entry], needs: frozenset[str], executor: Executor, run_id: str | None
) -> list[_BothSides]:
    """Return what is known of each declared version and of those that its aliases leave."""
    sides = [
        side for entry in entries for side in (entry.side, *entry.replaced) if side is not None
    ]
    is_new = any(side.version is None for side in sides)
    made_here = provenance() if is_new and "provenance" in needs else {}  # a subprocess of git
    known = iter(collect_evidence(sides, needs, executor, made_here, run_id=run_id))
    both_sides = []
    for entry in entries:
        candidate = None if entry.side is None else next(known)
        replaced = [None if side is None else next(known) for side in entry.replaced]
        moves = tuple(
            MoveEvidence(move.alias, entry.number, candidate, left)
            for move, left in zip(entry.moves, replaced, strict=True)
            if candidate is not None
        )
        both_sides.append(_BothSides(entry, candidate, moves))
    return both_sides


def _judges(rule: Rule, entry: Entry) -> bool:
    """Return whether a rule has something to say of a declared version."""
    if not rule.is_for(entry.plan.name) or (rule.is_of_the_model and entry.number > 0):
        return False
    return rule.aliases is None or any(move.alias in rule.aliases for move in entry.moves)


def _judge(
    rule: Rule, job: Job, entry: Entry, document: Mapping[str, Any], waived: Sequence[str]
) -> Iterator[Verdict]:
    if not _judges(rule, entry):
        return
    if rule.aliases is None:
        yield judge_rule(rule, job, document, entry=entry.number, waived=waived)
        return
    for move in entry.moves:
        if move.alias in rule.aliases:
            yield judge_rule(
                rule,
                job,
                document,
                entry=entry.number,
                alias=move.alias,
                replaces=move.before,
                waived=waived,
            )


def _needs_of(rules: Sequence[Rule]) -> frozenset[str]:
    """Return which of `EVERYTHING` the rules speak of."""
    needs: set[str] = set()
    for rule in rules:
        fields = list_mentioned_fields(rule.schema)
        if fields is None:
            return EVERYTHING
        needs |= EVERYTHING & fields
        if "tags" in fields:  # where a version is made stands in its tags, too
            needs.add("provenance")
        if "aliases" in fields:  # they have the other side of each move, and the change of metrics
            text = canonical_json(rule.schema).replace('"change"', '"metrics"')
            needs |= {need for need in EVERYTHING if f'"{need}"' in text}
    return frozenset(needs)


def _find_version(plan: ModelPlan, number: int | None) -> Any:
    versions = plan.observed.versions if plan.observed is not None else ()
    return next((version for version in versions if version.number == number), None)

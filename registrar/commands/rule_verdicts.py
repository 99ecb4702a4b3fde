"""The verdicts of rules on a plan: on each version that it changes, and on each alias that it moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from registrar.changes.changes import SetAlias
from registrar.commands.collect_evidence import EVERYTHING, Side
from registrar.commands.rule_book import judge_rule
from registrar.policy.evidence_document import evidence_document
from registrar.policy.presence import list_mentioned_fields
from registrar.text import canonical_json
from registrar.version_evidence import MoveEvidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.commands.collect_evidence import SideKey
    from registrar.config.job import Job
    from registrar.policy.rules import Rule
    from registrar.state import ObservedVersion
    from registrar.verdicts import Verdict
    from registrar.version_evidence import VersionEvidence

__all__ = ["describe_entry", "list_entries", "list_judged_entries", "with_rule_verdicts"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A declared version, or a model that declares none, and the aliases that would come to it.

    `number` counts the declared versions from 0. Each move has the number of the version that the
    alias leaves; None for its first use. `needs` is what is asked for of all these versions.
    """

    plan: ModelPlan
    number: int
    moves: tuple[SetAlias, ...]
    needs: frozenset[str] = EVERYTHING

    @property
    def side(self) -> Side | None:
        """The declared version; None for a model that declares none."""
        if not self.plan.desired.versions:
            return None
        match = self.plan.matches[self.number]
        return Side(self.plan, self.number, _find_version(self.plan, match), self.needs)

    @property
    def replaced(self) -> list[Side | None]:
        """The version that each of the aliases leaves."""
        versions = [_find_version(self.plan, move.before) for move in self.moves]
        return [None if v is None else Side(self.plan, None, v, self.needs) for v in versions]

    @property
    def sides(self) -> list[Side]:
        """The versions that evidence is asked of."""
        return [side for side in (self.side, *self.replaced) if side is not None]


def with_rule_verdicts(
    plan: Plan,
    jobs: Sequence[Job],
    rules: Sequence[Rule],
    entries: Sequence[Sequence[Entry]],
    known: Mapping[SideKey, VersionEvidence],
) -> Plan:
    """Return the plan with the verdicts of the rules, and the evidence of the aliases that move.

    `entries` are the declared versions of each model that are judged, in the order of the plan, and
    `known` is what is known of them. Raises ConfigError for a rule that takes too long.
    """
    first, waived = jobs[0], plan.allowances.rules
    chosen = [job for job in jobs if "model" in job.config]
    models = [*plan.models]
    for index, of_model in enumerate(entries):
        if not of_model:
            continue
        model, verdicts = models[index], [*models[index].verdicts]
        evidence = {move.alias: move for move in model.evidence}
        for entry in of_model:
            document = describe_entry(entry, known)
            for rule in rules:
                verdicts += _judge(rule, first, entry, document, waived)
            evidence |= {move.alias: move for move in _list_evidence(entry, known)}
        places = model.places
        if chosen:  # `promote` needs no file of the model
            places = {**places, "name": chosen[index].find_place(("model", "name"))}
        models[index] = replace(
            model,
            verdicts=tuple(verdicts),
            evidence=tuple(evidence[alias] for alias in sorted(evidence)),
            places=places,
        )
    return replace(plan, models=tuple(models))


def list_judged_entries(plan: Plan, rules: Sequence[Rule]) -> list[list[Entry]]:
    """Return the declared versions of each model that changes and that a rule has something to say of."""
    entries = [
        []
        if model.in_sync or model.error is not None
        else [e for e in list_entries(model) if any(_judges(rule, e) for rule in rules)]
        for model in plan.models
    ]
    judged = [entry for of_model in entries for entry in of_model]
    needs = _list_needs([rule for rule in rules if any(_judges(rule, e) for e in judged)])
    return [[replace(entry, needs=needs) for entry in of_model] for of_model in entries]


def list_entries(model: ModelPlan) -> Iterator[Entry]:
    """Yield the declared versions of a model, or the model alone where it declares none."""
    moves = [change for change in model.changes if isinstance(change, SetAlias)]
    for number in range(len(model.desired.versions) or 1):
        of_entry = sorted((m for m in moves if m.entry == number), key=lambda move: move.alias)
        yield Entry(model, number, tuple(of_entry))


def describe_entry(entry: Entry, known: Mapping[SideKey, VersionEvidence]) -> dict[str, Any]:
    """Return the document of a declared version that a rule judges."""
    candidate = None if entry.side is None else known[entry.side.key]
    return evidence_document(entry.plan, entry.number, candidate, _list_evidence(entry, known))


def _list_evidence(
    entry: Entry, known: Mapping[SideKey, VersionEvidence]
) -> tuple[MoveEvidence, ...]:
    """Return what is known of both sides of each alias that would come to a declared version."""
    if entry.side is None:
        return ()
    candidate = known[entry.side.key]
    return tuple(
        MoveEvidence(move.alias, entry.number, candidate, None if left is None else known[left.key])
        for move, left in zip(entry.moves, entry.replaced, strict=True)
    )


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


def _list_needs(rules: Sequence[Rule]) -> frozenset[str]:
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


def _find_version(plan: ModelPlan, number: int | None) -> ObservedVersion | None:
    versions = plan.observed.versions if plan.observed is not None else ()
    return next((version for version in versions if version.number == number), None)

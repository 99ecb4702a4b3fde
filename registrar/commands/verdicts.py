"""The verdicts of gates and rules on a plan: all that they need to know is collected once."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from registrar.commands.collect_evidence import collect_evidence
from registrar.commands.gate_verdicts import list_gated_moves, with_gate_verdicts
from registrar.commands.rule_book import list_rules
from registrar.commands.rule_verdicts import list_judged_entries, with_rule_verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.config.job import Job
    from registrar.execution.executor import Executor

__all__ = ["with_verdicts"]


def with_verdicts(
    plan: Plan, jobs: Sequence[Job], executor: Executor, run_id: str | None = None
) -> Plan:
    """Return the plan with the verdicts of gates and rules, and the evidence that they rest on.

    `run_id` is the run of versions that the plan creates, where their sources name none. Raises
    ServerError for a look that failed, ConfigError for a rule that takes too long.
    """
    chosen = [job for job in jobs if "model" in job.config]
    # `promote` needs no file of the model.
    models = [job.config["model"] for job in chosen] or [{} for _ in plan.models]
    moves = [
        [*list_gated_moves(model, config)]
        for model, config in zip(plan.models, models, strict=True)
    ]
    rules = list_rules(jobs[0])
    entries = list_judged_entries(plan, rules)
    sides = [side for move in chain(*moves) for side in move.sides]
    sides += [side for entry in chain(*entries) for side in entry.sides]
    known = collect_evidence(sides, executor, run_id)
    plan = with_gate_verdicts(plan, moves, known)
    if chosen:
        plan = replace(plan, models=tuple(map(_place_gates, plan.models, chosen)))
    return with_rule_verdicts(plan, jobs, rules, entries, known)


def _place_gates(model: ModelPlan, job: Job) -> ModelPlan:
    """Return the plan of a model with the place of its gates, for the problems of those that fail."""
    if not model.verdicts:
        return model
    return replace(model, places={"gates": job.find_place(("model", "gates"))})

"""Find the limits, rules and gates that are laxer here than in the checkout that `policy.dir` names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.config.rule_schemas import list_rule_nodes
from registrar.note import Note
from registrar.policy.gate_comparison import find_laxer_demands
from registrar.policy.limits import Limits, find_laxer_fields
from registrar.policy.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.config.job import Job

__all__ = ["with_base_checkout"]


def with_base_checkout(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs with the stricter of both checkouts' limits, and a note on all that is laxer."""
    base = jobs[0].base
    assert base is not None, "policy.dir names a checkout"
    here, there = jobs[0].config.get("limits", {}), base.config.get("limits", {})
    checkout = jobs[0].config["policy"]["dir"]
    stricter, notes = dict(here), list(jobs[0].notes)
    for field in find_laxer_fields(Limits.parse(here), Limits.parse(there)):
        stricter[field] = there[field]
        values = {"here": here[field], "there": there[field], "checkout": checkout}
        notes.append(Note("laxer-limit", f"limits.{field}", values))
    notes += _compare_rules(jobs[0], base, checkout)
    notes += [note for job in jobs for note in _compare_gates(job, checkout)]
    first, *others = (replace(job, config={**job.config, "limits": stricter}) for job in jobs)
    return [replace(first, notes=tuple(notes)), *others]


def _compare_rules(job: Job, base: Job, checkout: str) -> Iterator[Note]:
    """Yield a note on each rule of the other checkout that this one lacks, or has differently.

    Which of two schemas is laxer, nobody can tell.
    """
    here = dict(list_rule_nodes(job.config))
    for name, node in list_rule_nodes(base.config):
        rule = Rule.parse(name, node)
        own = Rule.parse(name, here[name]) if name in here else None
        if own is None:
            how = "is missing"
        elif own.level == "warn" != rule.level:
            how = "only warns"
        elif not own.is_same_as(rule):
            how = "is another one"
        else:
            continue
        yield Note("laxer-rule", f"policy.{name}", {"how": how, "checkout": checkout})


def _compare_gates(job: Job, checkout: str) -> Iterator[Note]:
    """Yield a note on each demand of a gate that is laxer than in the other checkout."""
    here, there = job.config.get("model"), job.base.config.get("model") if job.base else None
    if not here or not there:
        return
    for demand in find_laxer_demands(here.get("gates") or {}, there.get("gates") or {}):
        how = "is missing" if demand.here is None else f"is {demand.here}"
        values = {"how": how, "there": demand.there, "checkout": checkout}
        yield Note("laxer-gate", f"{here['name']}: gates.{demand.field}", values)

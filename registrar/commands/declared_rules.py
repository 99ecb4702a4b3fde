"""`validate`: the rules that a file can be judged by without a server.

These are the rules on every declared version that speak only of what the file itself says. All others
are judged with the plan.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.changes.allowances import Allowances
from registrar.commands.rule_book import judge_rule, list_rules
from registrar.config.spec import list_entries, owner_of
from registrar.errors import RefusedError
from registrar.note import Note
from registrar.policy.presence import list_mentioned_fields
from registrar.policy.verdict_problems import describe_broken_rule, explain_broken_rule
from registrar.text import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.config.job import Job
    from registrar.policy.rules import Rule
    from registrar.verdicts import Verdict

__all__ = ["judge_declarations"]

ALWAYS_KNOWN = {"format", "config", "name", "owner", "entry"}


def judge_declarations(jobs: Sequence[Job]) -> tuple[RefusedError | None, tuple[Note, ...]]:
    """Return the refusal for the rules that are broken, and a note on each that refuses nothing."""
    notes: list[Note] = []
    problems = []
    rules = [rule for rule in list_rules(jobs[0]) if rule.aliases is None]
    waived = Allowances.parse(jobs[0].config.get("apply", {})).rules
    for job in jobs if rules else ():
        verdicts = list(_judge(job, rules, waived))
        for verdict in verdicts:
            name = job.config["model"]["name"]
            if verdict.state == "fails":
                problem = explain_broken_rule(name, verdict, verdicts)
                problems.append(replace(job.locate(("model", "name"), problem), path=None))
            elif verdict.state != "holds":
                kind = "waived" if verdict.state == "allowed" else "only a warning"
                how = describe_broken_rule(verdict, verdicts)
                notes.append(Note("rule-broken", name, {"how": how, "kind": kind}))
    return RefusedError(*problems) if problems else None, tuple(notes)


def _judge(job: Job, rules: Sequence[Rule], waived: Sequence[str]) -> Iterator[Verdict]:
    """Yield the verdicts on each version that the file of a model declares."""
    for index, document in enumerate(_describe(job)):
        name = document["name"]
        known = ALWAYS_KNOWN | document.keys()
        for rule in rules:
            fields = list_mentioned_fields(rule.schema)
            if rule.is_of_the_model and index > 0:
                continue
            if rule.is_for(name) and fields is not None and fields <= known:
                yield judge_rule(rule, job, document, entry=index, waived=waived)


def _describe(job: Job) -> Iterator[dict[str, Any]]:
    """Yield what the file of a model says of each version, where no server is needed to know it."""
    model = job.config.get("model")
    if model is None:
        return
    owner = owner_of(job.config)
    whole = {"format": 1, "config": job.name, "name": model["name"]}
    if owner is not None:
        whole["owner"] = owner
    for index, (_, entry) in enumerate(list_entries(model) or [((), {})]):
        document = {**whole, "entry": index}
        if "description" in entry:
            document["description"] = entry["description"]
        if "metadata" in entry:
            tags = {key: format_value(value) for key, value in entry["metadata"].items()}
            document["tags"] = tags
        yield document

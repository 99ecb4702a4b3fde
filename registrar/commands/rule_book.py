"""The rules that hold for a run: those of its own policy, and those of the checkout `policy.dir`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.commands.time_limit import TimeLimitError, limit_time
from registrar.config.rule_schemas import list_rule_nodes
from registrar.errors import ConfigError, Problem
from registrar.policy.rules import Rule
from registrar.text import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.config.job import Job
    from registrar.verdicts import Verdict

__all__ = ["judge_rule", "list_rules"]

MOST_SECONDS = 5.0  # for one rule on one document, which takes a thousandth of it


def list_rules(job: Job) -> tuple[Rule, ...]:
    """Return the rules of a run, sorted by name; one that both checkouts have alike is there once."""
    own = [Rule.parse(name, node) for name, node in list_rule_nodes(job.config)]
    others: list[Rule] = []
    if job.base is not None:
        checkout = job.config["policy"]["dir"]
        nodes = list_rule_nodes(job.base.config)
        others = [Rule.parse(name, node, checkout) for name, node in nodes]
    rules = [*own, *(rule for rule in others if not any(map(rule.is_same_as, own)))]
    return tuple(sorted(rules, key=lambda rule: (rule.name, rule.checkout or "")))


def judge_rule(rule: Rule, job: Job, document: Mapping[str, Any], **context: Any) -> Verdict:
    """Return the verdict of a rule of a job on a document; `context` is that of `Rule.judge`.

    Raises ConfigError for a rule that takes too long: nobody knows whether it holds.
    """
    try:
        with limit_time(MOST_SECONDS):
            return rule.judge(document, **context)
    except TimeLimitError:
        message = f"takes more than {MOST_SECONDS:g} seconds on {quote(str(document['name']))}"
        hint = "Write its patterns without a repetition inside a repetition."
        problem = Problem("slow-rule", message, hint)
        owner = job if rule.checkout is None or job.base is None else job.base
        raise ConfigError(owner.locate(("policy", rule.name, "schema"), problem)) from None

"""What the verdicts of a plan forbid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.errors import Problem
from registrar.text import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from registrar.changes.plan import Plan
    from registrar.verdicts import Verdict

__all__ = [
    "MAX_TEXT",
    "MOST",
    "describe_broken_rule",
    "explain_broken_rule",
    "find_verdict_problems",
    "list_reasons",
]

# A signature of a stranger may have a hundred thousand columns, with names as long.
MOST = 5  # reasons in one line
MAX_TEXT = 300  # characters of a reason


def find_verdict_problems(plan: Plan) -> Iterator[Problem]:
    """Yield a problem for each verdict that fails and that nobody has allowed to fail."""
    for model in plan.models:
        for verdict in model.verdicts:
            if verdict.state != "fails":
                continue
            if verdict.kind == "rule":
                problem = explain_broken_rule(model.name, verdict, model.verdicts)
                place = model.places.get("name")
            else:
                problem = _explain_gate(model.name, verdict)
                place = model.places.get("gates")
            yield problem if place is None else replace(problem, place=place)


def list_reasons(reasons: Sequence[str], show: Callable[[str, int], str] = cut) -> str:
    """Return the first reasons, each cut by `show` where it is long, and how many more there are."""
    shown = [show(text, MAX_TEXT) for text in reasons[:MOST]]
    more = [f"{len(reasons) - MOST} more"] if len(reasons) > MOST else []
    return "; ".join([*shown, *more])


def _explain_gate(model: str, verdict: Verdict) -> Problem:
    return Problem(
        "gate-failed",
        f"{model}: the gate of the alias '{verdict.alias}' fails: {verdict.name}: "
        f"{list_reasons(verdict.reasons)}",
        f"Look at the plan. Allow it with allow_gates={verdict.alias} if it is meant.",
    )


def explain_broken_rule(model: str, verdict: Verdict, verdicts: Collection[Verdict]) -> Problem:
    """Return the problem of a model that breaks a rule; `verdicts` are all on the model."""
    hint = f"Correct it, or waive the rule with waive={verdict.name}."
    return Problem("rule-broken", f"{model} {describe_broken_rule(verdict, verdicts)}", hint)


def describe_broken_rule(verdict: Verdict, verdicts: Collection[Verdict]) -> str:
    """Return which rule is broken, and how; of several versions, by which one."""
    checkout, message = verdict.demands.get("checkout"), verdict.demands.get("message")
    origin = f" of {checkout}" if checkout else ""
    aim = f" ({message})" if message else ""
    entries = {v.entry for v in verdicts if (v.kind, v.name) == ("rule", verdict.name)}
    where = f" for the alias '{verdict.alias}'" if verdict.alias else ""
    if not where and len(entries) > 1:
        where = f" in versions[{verdict.entry}]"
    return f"breaks the rule '{verdict.name}'{origin}{aim}{where}: {list_reasons(verdict.reasons)}"

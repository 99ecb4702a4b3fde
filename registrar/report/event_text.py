"""When an alias moved, by whom and why, in a few words; whoever may write tags may have written them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from registrar.policy.number_text import shorten_sides, shorten_value
from registrar.report.wording import display
from registrar.text import format_minute, parse_time, plural
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from registrar.events import Event

__all__ = ["describe_author", "describe_reasons", "describe_time"]

COMMIT_DIGITS = 12
MOST = 5  # verdicts in one text
OTHER_STATES = {"fails": "fails", "allowed": "fails, and is allowed", "warns": "warns"}


def describe_author(event: Event) -> str:
    """Return the CI run that moved the alias, else the user, and the commit."""
    by = event.by
    run, system = safe_uri(by.get("ci_run", "")), by.get("ci", "")
    if run:
        number = run.rstrip("/").rsplit("/", 1)[-1]
        who = f"run {number} ({system})" if system else f"run {number}"
    else:
        who = by.get("user") or by.get("pipeline_run") or system
    commit = by.get("git_commit", "")[:COMMIT_DIGITS]
    known = [who, f"commit {commit}" if commit else ""]
    return display(", ".join(filter(None, known)) or "registrar")


def describe_reasons(event: Event) -> str:
    """Return what gates and rules said of the move: `accuracy 0.969 on test, min 0.95`."""
    texts = [_describe(verdict) for verdict in event.verdicts[:MOST]]
    if len(event.verdicts) > MOST:
        texts.append(plural(len(event.verdicts) - MOST, "more verdict"))
    if event.verdicts_digest is not None:
        texts.append("verdicts too long to be kept")
    waived = [f"waived: {display(', '.join(event.waived))}"] if event.waived else []
    return "; ".join([*texts, *waived])


def describe_time(at: str | None) -> str:
    """Return the time of a move as `2026-01-31 13:45`, UTC; "" where nobody recorded it."""
    return "" if at is None else format_minute(parse_time(at))


def _describe(verdict: Mapping[str, Any]) -> str:
    state = OTHER_STATES.get(str(verdict.get("state")), "")
    if verdict.get("kind") == "rule":
        return display(f"rule {verdict.get('name')} {state or 'holds'}")
    demands = verdict.get("demands")
    demands = demands if isinstance(demands, Mapping) else {}
    values = _describe_values(verdict.get("before"), verdict.get("after"), demands)
    dataset = _read_field(verdict.get("after"), "dataset")
    on = f"on {dataset}" if dataset else ""
    start = " ".join(filter(None, (str(verdict.get("name", "")), values, on)))
    asked = demands.items()
    bounds = [
        f"{key} {_format_value(value)}"
        for key, value in asked
        if key not in {"dataset", verdict.get("name")}
    ]
    bounds += [_format_value(value) for key, value in asked if key == verdict.get("name")]
    return display(", ".join(filter(None, (start, *bounds, state))))


def _describe_values(before: object, after: object, demands: Mapping[str, Any]) -> str:
    """Return the values of the two versions, or of the new one alone."""
    old, new = (_read_field(side, "value") for side in (before, after))
    if isinstance(old, int | float) and isinstance(new, int | float):
        return " -> ".join(shorten_sides(old, new, demands))
    sides = [side for side in (before, after) if side is not None] if after is not None else []
    return " -> ".join(_describe_value(_read_field(side, "value"), demands) for side in sides)


def _describe_value(value: object, demands: Mapping[str, Any]) -> str:
    if isinstance(value, int | float):
        return shorten_value(value, demands)
    return "unknown" if value is None else str(value)


def _read_field(measurement: object, name: str) -> Any:
    return measurement.get(name) if isinstance(measurement, Mapping) else None


def _format_value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

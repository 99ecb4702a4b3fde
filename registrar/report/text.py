"""A report for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.wording import (
    MARKS,
    digest,
    failed,
    field,
    nothing_to_do,
    shown,
    subject,
    tally,
    values,
)
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.errors import RegistrarError
    from registrar.report.report import Outcome, Report
    from registrar.state import Change, ModelPlan

__all__ = ["as_text", "errors"]

COLUMN = 18
COLOURS = {"+": "32", "~": "33", "-": "31", "=": "36"}


def as_text(report: Report, *, colour: bool = False) -> str:
    """What was done, or would be; "" for a report that is only an error."""
    if report.command == "validate":
        lines = [] if report.error else [f"Valid: {', '.join(report.configs)}."]
    elif report.payload is not None:
        from registrar.report.result_text import lines as lines_of

        lines = list(lines_of(report.payload))
    elif report.plan is None:
        lines = []
    else:
        stopped = failed(report)
        plans = [outcome.plan for outcome in stopped]
        lines = [line for model in report.models if model not in plans for line in _model(model)]
        lines += _planned(report) if report.outcomes is None else _applied(report, stopped)
    lines = [printable(line) for line in lines]
    return "\n".join(_coloured(line) if colour else line for line in lines)


def errors(error: RegistrarError) -> str:
    """Each problem on a line of its own: where, what, and what to do."""
    return "\n".join(printable(str(problem)) for problem in error.problems)


def _planned(report: Report) -> Iterator[str]:
    plan = report.plan
    assert plan is not None
    server = plan.server.registry_uri
    if not plan.changes:
        yield f"Nothing to do: {nothing_to_do(report)}"
    elif report.command == "check" and plan.in_sync:
        yield f"In sync with {server}; only registrar's own tags: {_to_be(plan.summary)}."
    elif report.command == "check":
        yield f"{server} differs: {_to_be(plan.summary)}."
    else:
        yield f"Plan for {server}: {_to_be(plan.summary)}."
    if plan.changes:
        yield f"Checksum {plan.checksum}"


def _applied(report: Report, stopped: tuple[Outcome, ...]) -> Iterator[str]:
    plan = report.plan
    assert plan is not None
    if not plan.changes:
        yield f"Nothing to do: {nothing_to_do(report)}"
    elif not stopped:
        yield f"Applied to {plan.server.registry_uri}: {tally(report.summary)}."
    for outcome in stopped:
        yield outcome.plan.desired.name
        yield from (f"  done  {MARKS[change.action]} {_line(change)}" for change in outcome.done)
        yield from (f"  left  {MARKS[change.action]} {_line(change)}" for change in outcome.left)
    if stopped:
        yield f"Stopped at {plan.server.registry_uri}: {tally(report.summary)} so far."


def _model(model: ModelPlan) -> Iterator[str]:
    if model.changes:
        yield model.desired.name
    for change in model.changes:
        yield f"  {MARKS[change.action]} {_line(change)}"
        if change.kind in {"model", "version"} and change.action == "create":
            yield from _fields(change)


def _coloured(line: str) -> str:
    """The line of a change with its mark in the mark's colour."""
    mark = line[2:3]
    if not line.startswith("  ") or mark not in COLOURS:
        return line
    return f"  \033[{COLOURS[mark]}m{mark}\033[0m{line[3:]}"


def _line(change: Change) -> str:
    about = f"{subject(change):<{COLUMN - 2}}  "
    match change.kind, change.action:
        case "model", "create":
            return f"{about}{change.after['name']}"
        case "model", _:
            return f"{about}adopted: registrar notes what it sets"
        case "version", "create":
            made = change.after
            return f"{about}{digest(made['digest'])}  from {shown(made['source'])}"
        case "version", "adopt":
            return f"{about}adopted: it is what the configuration declares"
        case "version", "remove":
            return f"{about}a double that an interrupted run left"
        case "alias", "create":
            return f"{subject(change)} {values(change)}"
        case "alias", _:
            return f"{about}{values(change)}"
        case _:
            return f"{about}{field(change)}  {values(change)}"


def _fields(change: Change) -> Iterator[str]:
    """The fields of something new, registrar's own tags left out."""
    prefix = "metadata." if change.kind == "version" else "tags."
    rows = {"description": change.after["description"]} if change.after["description"] else {}
    tags = change.after["tags"].items()
    rows |= {prefix + key: value for key, value in tags if not key.startswith("registrar_")}
    width = max([COLUMN - 4, *map(len, rows)]) + 2
    for key, value in rows.items():
        yield f"      {key:<{width}}{shown(value)}"


def _to_be(summary: dict[str, int]) -> str:
    parts = [f"{summary[action]} to {action}" for action in summary if action != "unchanged"]
    return ", ".join(part for part in parts if not part.startswith("0 "))

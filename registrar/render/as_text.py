"""A report for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.render.words import MARKS, digest, nothing_to_do, shown, subject, tally, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from registrar.errors import Problem, RegistrarError
    from registrar.state import Change, ModelPlan, Report

__all__ = ["as_text", "errors"]

COLUMN = 18
COLOURS = {"+": "32", "~": "33", "-": "31", "=": "36"}


def as_text(report: Report, *, colour: bool = False) -> str:
    """What was done, or would be; "" for a report that is only an error."""
    if report.command == "validate":
        return "" if report.error else _valid(report)
    if report.plan is None:
        return ""
    lines: list[str] = []
    for model in report.models:
        if model.changes:
            lines += [model.desired.name, *_changes(model, colour=colour)]
    if report.outcomes is None:
        lines += _planned(report)
    else:
        lines += _applied(report)
    return "\n".join(lines)


def errors(error: RegistrarError) -> str:
    """Each problem on a line of its own: where, what, and what to do."""
    return "\n".join(_problem(problem) for problem in error.problems)


def _valid(report: Report) -> str:
    names = ", ".join(report.configs)
    return f"Valid: {names}."


def _planned(report: Report) -> Iterator[str]:
    plan = report.plan
    assert plan is not None
    server = plan.server.registry_uri
    if not plan.changes:
        yield f"Nothing to do: {nothing_to_do(report)}"
    elif report.command == "check" and plan.in_sync:
        yield f"In sync with {server}; apply would adopt: {tally(plan.summary)}."
    elif report.command == "check":
        yield f"{server} differs: {_to_be(plan.summary)}."
    else:
        yield f"Plan for {server}: {_to_be(plan.summary)}."
    if plan.changes:
        yield f"Checksum {plan.checksum}"


def _applied(report: Report) -> Iterator[str]:
    plan, outcomes = report.plan, report.outcomes or ()
    assert plan is not None
    failed = [outcome for outcome in outcomes if outcome.left or outcome.error]
    if not plan.changes:
        yield f"Nothing to do: {nothing_to_do(report)}"
    elif failed:
        yield f"Stopped at {plan.server.registry_uri}: {tally(report.summary)} so far."
        for outcome in failed:
            yield from _list(outcome.plan.desired.name, "done", outcome.done)
            yield from _list(outcome.plan.desired.name, "left", outcome.left)
    else:
        yield f"Applied to {plan.server.registry_uri}: {tally(report.summary)}."


def _list(name: str, state: str, changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        yield f"  {state}  {name}: {MARKS[change.action]} {_line(change)}"


def _changes(model: ModelPlan, *, colour: bool) -> Iterator[str]:
    for change in model.changes:
        mark = MARKS[change.action]
        if colour and mark in COLOURS:
            mark = f"\033[{COLOURS[mark]}m{mark}\033[0m"
        yield f"  {mark} {_line(change)}"
        if change.kind in {"model", "version"} and change.action == "create":
            yield from _fields(change)


def _line(change: Change) -> str:
    about = subject(change)
    match change.kind, change.action:
        case "model", _:
            return f"{about:<{COLUMN}}{change.after['name']}"
        case "version", "create":
            made = change.after
            return f"{about:<{COLUMN}}{digest(made['digest'])}  from {shown(made['source'])}"
        case "version", "adopt":
            return f"{about:<{COLUMN}}adopted: it is what the configuration declares"
        case "version", "remove":
            return f"{about:<{COLUMN}}a double that an interrupted run left"
        case "alias", "create":
            return f"{about} {values(change)}"
        case "alias", _:
            return f"{about:<{COLUMN}}{values(change)}"
        case _:
            field = (change.field or "").removeprefix("registered_model.")
            return f"{about:<{COLUMN}}{field}  {values(change)}"


def _fields(change: Change) -> Iterator[str]:
    """The fields of something new, registrar's own tags left out."""
    prefix = "metadata." if change.kind == "version" else "tags."
    rows = {"description": change.after["description"]} if change.after["description"] else {}
    tags = change.after["tags"].items()
    rows |= {prefix + key: value for key, value in tags if not key.startswith("registrar_")}
    width = max([COLUMN - 3, *map(len, rows)]) + 1
    for key, value in rows.items():
        yield f"      {key:<{width}}{shown(value)}"


def _to_be(summary: dict[str, int]) -> str:
    parts = [f"{summary[action]} to {action}" for action in summary if action != "unchanged"]
    return ", ".join(part for part in parts if not part.startswith("0 "))


def _problem(problem: Problem) -> str:
    where = ""
    if problem.override is not None:
        where = f"override '{problem.override}': "
    elif problem.file is not None:
        place = [problem.file, problem.line, problem.column]
        where = ":".join(str(part) for part in place if part is not None) + ": "
    path = f"{problem.path}: " if problem.path else ""
    message = problem.message if problem.message.endswith((".", "?")) else f"{problem.message}."
    hint = f" {problem.hint}" if problem.hint else ""
    return f"{where}{path}{message}{hint}"

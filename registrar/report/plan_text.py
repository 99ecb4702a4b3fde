"""The text of plans and outcomes: a line for each change, and a summary."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetDescription,
    SetTag,
)
from registrar.report.reading_order import in_reading_order, list_shown
from registrar.report.signature_text import describe_signature
from registrar.report.verdicts import verdict_lines
from registrar.report.wording import (
    MARKS,
    change_values,
    count_done,
    count_planned,
    count_records,
    describe_difference,
    display,
    field_name,
    new_fields,
    nothing_to_do,
    short_digest,
    subject,
)
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.report.report import Report

__all__ = ["plan_lines"]

NOTHING_LEFT = "Nothing to do: every change of the plan was made before."
LEFT_OUT = "..."  # lines of a text that stay as they are
SUBJECT_WIDTH = 16  # characters of the column that says what a change writes to


def plan_lines(report: Report, plan: Plan) -> Iterator[str]:
    """Yield the changes that were made or would be made, and a summary.

    Where a run stopped, the changes of each unfinished model come last, as done and left.
    """
    if report.outcomes is None:
        for model in plan.models:
            yield from _model_lines(model, model.changes)
    for outcome in report.outcomes or ():
        if not outcome.is_unfinished:
            yield from _model_lines(outcome.plan, outcome.made)
    if not plan.changes:
        if not plan.errors:
            yield f"Nothing to do: {nothing_to_do(report)}"
    elif report.outcomes is None:
        yield _plan_summary(report.command, plan)
        if plan.allowances:
            yield f"Allowed: {plan.allowances}"
        yield f"Checksum {plan.checksum}"
    else:
        yield from _outcome_lines(report, plan)


def _model_lines(model: ModelPlan, changes: Sequence[Change]) -> Iterator[str]:
    shown = in_reading_order(changes)
    if shown:
        yield model.name
    for change in shown:
        match change:
            case CreateModel() | CreateVersion():
                yield f"  {_mark_change(change)}"
                yield from _field_lines(change)
            case SetDescription(before=before, after=after) if _differs_in_lines(before, after):
                yield f"  {_mark_subject(change)}"
                yield from _line_changes(before, after)
            case SetAlias(alias=alias):
                yield f"  {_mark_change(change)}"
                verdicts = [verdict for verdict in model.verdicts if verdict.alias == alias]
                is_judged = any(v.kind == "signature" and v.change for v in verdicts)
                if not is_judged and (text := describe_signature(change)):
                    yield f"      signature  {text}"
                yield from verdict_lines(verdicts)
            case _:
                yield f"  {_mark_change(change)}"
    broken = [v for v in model.verdicts if v.alias is None and v.state != "holds"]
    if broken:
        yield "  ! rules"
        yield from verdict_lines(broken)


def _plan_summary(command: str, plan: Plan) -> str:
    server, counts = plan.server.registry_uri, count_planned(plan.summary)
    if command != "check":
        return f"Plan for {server}: {counts}."
    if plan.in_sync:
        return f"In sync with {server}; {counts}."
    return f"{server} differs: {counts}."


def _outcome_lines(report: Report, plan: Plan) -> Iterator[str]:
    server, counts = plan.server.registry_uri, count_done(report.summary)
    unfinished = [outcome for outcome in report.unfinished if outcome.plan.error is None]
    if not unfinished:
        outcomes = report.outcomes or ()
        # What the server did not permit is neither made now nor before; a note tells of it.
        made = any(outcome.made for outcome in outcomes) or not any(o.earlier for o in outcomes)
        yield f"Applied to {server}: {counts}." if made else NOTHING_LEFT
        return
    for outcome in unfinished:
        yield outcome.plan.name
        yield from (f"  done  {_mark_change(change)}" for change in list_shown(outcome.done))
        left = [_mark_change(change) for change in list_shown(outcome.left)]
        if outcome.left and not left:
            left = [count_records(len(outcome.left))]
        yield from (f"  left  {text}" for text in left)
    yield f"Stopped at {server}: {counts} so far."


def _mark_change(change: Change) -> str:
    return f"{MARKS[change.action]} {_describe(change)}"


def _describe(change: Change) -> str:
    start = f"{subject(change):<{SUBJECT_WIDTH}}  "
    match change:
        case CreateModel():
            return f"{start}{change.name}"
        case CreateVersion(source=source):
            return f"{start}{short_digest(source.digest)}  from {display(safe_uri(source.uri))}"
        case AdoptModel():
            return f"{start}adopted: registrar notes what it sets"
        case AdoptVersion():
            return f"{start}adopted: it is what the configuration declares"
        case SetTag() | DeleteTag() | SetDescription():
            return f"{start}{field_name(change)}  {change_values(change)}"
        case RecordEvent():
            return f"{start}event of {change.alias}"
        case SetAlias(before=None):
            return f"{subject(change)} {change_values(change)}"
        case SetAlias() | DeleteAlias():
            return f"{start}{change_values(change)}"
        case DeleteVersion():
            return f"{start}a duplicate that an interrupted run left"
        case _:
            assert_never(change)


def _mark_subject(change: Change) -> str:
    return f"{MARKS[change.action]} {subject(change):<{SUBJECT_WIDTH}}  {field_name(change)}"


def _line_changes(before: str, after: str) -> Iterator[str]:
    """Yield the lines that differ, and one equal line around them."""
    old, new = before.splitlines(), after.splitlines()
    end = 0  # of the old lines that are told so far
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(1):
        if group[0][1] > end:
            yield f"      {LEFT_OUT}"
        for kind, start, end, new_start, new_end in group:
            mark = " " if kind == "equal" else "-"
            yield from (f"      {mark} {display(line)}" for line in old[start:end])
            added = [] if kind == "equal" else new[new_start:new_end]
            yield from (f"      + {display(line)}" for line in added)
    if end < len(old):
        yield f"      {LEFT_OUT}"


def _differs_in_lines(before: str, after: str) -> bool:
    """Return whether two texts, one of them of several lines, differ in more than how lines end."""
    has_lines = _has_lines(before) or (bool(before) and _has_lines(after))
    return has_lines and before.splitlines() != after.splitlines()


def _has_lines(text: str) -> bool:
    return "\n" in text.strip("\n")


def _field_lines(change: CreateModel | CreateVersion) -> Iterator[str]:
    """Yield a line for each field of something new; of a version, first why it is new."""
    if isinstance(change, CreateVersion) and change.difference is not None:
        yield f"      differs from {describe_difference(change.difference)}"
    rows = new_fields(change)
    width = max([SUBJECT_WIDTH - 2, *map(len, rows)]) + 2
    for key, value in rows.items():
        yield f"      {key:<{width}}{display(value)}"

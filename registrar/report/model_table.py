"""The table of one model's changes in Markdown, with the verdicts on each alias below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.changes import CreateModel, CreateVersion, DeleteAlias, SetAlias
from registrar.report.importance import Importance, importance_of_change, list_protected
from registrar.report.literal import literal, literal_cell
from registrar.report.page import Item, Section
from registrar.report.reading_order import in_reading_order, list_shown
from registrar.report.signature_text import describe_signature
from registrar.report.verdicts import split_conclusion, verdict_cells
from registrar.report.wording import (
    MARKS,
    change_sides,
    count_records,
    describe_difference,
    display,
    field_name,
    new_fields,
    subject,
)
from registrar.text import plural
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan
    from registrar.verdicts import Verdict

__all__ = ["model_table", "write_row"]

MAX_VALUE = 500  # characters of a value


def model_table(model: ModelPlan, left: int | None, rank: int, *, folded: bool) -> Section:
    """Return a table of the changes; `left` is how many of them a stopped run did not make."""
    states: tuple[str, ...] = () if left is None else ("state",)
    head = (
        f"#### {literal(model.name)}",
        "",
        write_row("", *states, "what", "field", "change"),
        write_row(*["---"] * (4 + len(states))),
    )
    protected = list_protected(model)
    failing = {verdict.alias for verdict in model.verdicts if verdict.state == "fails"}

    def importance(change: Change) -> int:
        if isinstance(change, SetAlias) and change.alias in failing:
            return Importance.FAILED
        rank = importance_of_change(change, protected)
        return Importance.GUARDED if _is_alias(change) and rank != Importance.CREATED else rank

    blank = ("",) * len(states)
    items = [
        Item((_write_verdict(verdict, blank),), "verdict")
        for verdict in model.verdicts
        if verdict.alias is None
    ]
    if left is None:
        # Where not all have room, the first ones are seen.
        ordered = sorted(
            in_reading_order(model.changes), key=lambda c: min(importance(c), Importance.UPDATED)
        )
        rows: list[tuple[Change, tuple[str, ...]]] = [(change, ()) for change in ordered]
    else:
        done = len(model.changes) - left
        open_ones = sorted(list_shown(model.changes[done:]), key=importance)
        rows = [(change, ("left",)) for change in open_ones]
        rows += [(change, ("done",)) for change in list_shown(model.changes[:done])]
        if left and not open_ones:
            items.append(Item((write_row("", "left", count_records(left), "", ""),), "line"))
    before = None
    for change, state in rows:
        what = _name_object(change, protected)
        repeats = (what, state) == before and not _is_alias(change)
        start = (MARKS[change.action], *state, "" if repeats else what)
        lines = [*_list_rows(change, start, blank)]
        if isinstance(change, SetAlias):
            lines += [_write_verdict(v, blank) for v in model.verdicts if v.alias == change.alias]
        items.append(Item(tuple(lines), change.action))
        before = what, state
    return Section(head, tuple(items), rank, folded=folded)


def write_row(*cells: str) -> str:
    """Return one line of a table."""
    return "| " + " | ".join(cells) + " |"


def _list_rows(change: Change, start: tuple[str, ...], blank: tuple[str, ...]) -> Iterator[str]:
    """Yield a row for each field; what begins a row stands in the first one alone."""
    for field, text in _list_fields(change):
        yield write_row(*start, field, text)
        start = ("", *blank, "")


def _write_verdict(verdict: Verdict, blank: tuple[str, ...]) -> str:
    """Return the row of a verdict: what it is about, what was measured and demanded, what came of it."""
    _, measured, demanded, _ = verdict_cells(verdict)
    state, reasons = split_conclusion(verdict)
    fails = verdict.state == "fails"
    conclusion = f"**{state}**" if fails else state
    if reasons:
        conclusion = f"{conclusion}: {literal_cell(reasons)}"
    kind = "rule" if verdict.kind == "rule" else "gate"
    said = [literal_cell(measured)] if measured else []
    if demanded:
        said.append(f"{'asks for ' if kind == 'gate' else ''}{literal_cell(demanded)}")
    mark = "✗" if fails else ""
    return write_row(
        mark, *blank, kind, literal_cell(display(verdict.name)), ", ".join((*said, conclusion))
    )


def _name_object(change: Change, protected: Collection[str]) -> str:
    if not _is_alias(change):
        return subject(change)
    return "protected alias" if field_name(change) in protected else "alias"


def _is_alias(change: Change) -> bool:
    return isinstance(change, SetAlias | DeleteAlias)


def _list_fields(change: Change) -> Iterator[tuple[str, str]]:
    """Yield the field and the values of a change; of something new, those of all its fields."""
    yield literal_cell(field_name(change)), _write_values(change)
    if isinstance(change, CreateVersion):
        if change.difference is not None:
            yield "differs from", literal_cell(describe_difference(change.difference))
        yield "uri", literal_cell(safe_uri(change.source.uri))
        if not change.source.verified:
            yield "verify", "false: nobody looks at the files"
        if change.amount is not None:
            count, size = change.amount
            yield "upload", f"{plural(count, 'file')}, {size:,} bytes"
    if isinstance(change, SetAlias) and (text := describe_signature(change)):
        yield "signature", literal_cell(text)
    if isinstance(change, CreateModel | CreateVersion):
        for field, value in new_fields(change).items():
            yield literal_cell(field), literal_cell(display(value, MAX_VALUE))


def _write_values(change: Change) -> str:
    before, after = (literal_cell(side or "") for side in change_sides(change, MAX_VALUE))
    if not after:
        return f"was {before}" if before else ""
    return f"{before} → {after}".lstrip() if before or _is_alias(change) else after

"""A report as Markdown, for a comment on a pull request or a job summary.

All text of others is in code spans (`literal`). The first line is for automation: it marks the comment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from typing_extensions import assert_never

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    SetAlias,
    SetDescription,
    SetTag,
)
from registrar.report.layout import cell_text
from registrar.report.literal import literal, literal_cell
from registrar.report.notes import note_lines
from registrar.report.page import Item, Section, lay_out
from registrar.report.payload_text import payload_lines, payload_summary
from registrar.report.reading_order import in_reading_order
from registrar.report.results import Listing
from registrar.report.signature_text import describe_signature
from registrar.report.tables import tables
from registrar.report.wording import (
    MARKS,
    change_sides,
    count_done,
    count_planned,
    describe_difference,
    display,
    field_name,
    new_fields,
    nothing_to_do,
    short_digest,
    subject,
)
from registrar.secrets import mask_values
from registrar.state import DIGEST_TAG, OWNER_TAG, PROTECTED_TAG
from registrar.text import plural
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.report.report import Report
    from registrar.report.results import Payload

__all__ = ["as_markdown"]

LIMIT = 60_000  # characters; GitHub takes no comment of more than 65 536
MAX_VALUE = 500  # characters of a value
MAX_URI = 300  # characters of the server's address
OPEN_MODELS = 20  # models that only create and update are folded after so many
OPEN_ITEMS = 20  # and so are problems, and notes
# What is shown rather than other things where not everything has room.
PROBLEMS, MODELS_AT_RISK, NOTES, MODELS = range(4)


def as_markdown(report: Report, limit: int = LIMIT) -> str:
    """Return a heading with counts, then problems, models, the most important first, and notes.

    It has at most `limit` characters.
    """
    problems = [str(problem) for problem in report.error.problems] if report.error else []
    sections = [
        *_lists("Problems", problems, PROBLEMS),
        *_models(report),
        *(_payload(report.payload) if report.payload is not None else ()),
        *_lists("Notes", [*note_lines(report)], NOTES),
    ]
    return lay_out([*_head(report)], sections, limit)


def _head(report: Report) -> Iterator[str]:
    """Yield the line for automation, the heading, and what it is about."""
    plan = report.plan
    marks = f" server={_mark(plan.server.registry_uri)} checksum={plan.checksum}" if plan else ""
    yield f"<!-- registrar{marks} -->"
    yield f"### registrar {report.command}: {', '.join(_headline(report))}"
    if plan is not None:
        yield ""
        yield ", ".join(_summary(report, plan))
    about = _about(report)
    if about is not None:
        yield ""
        yield literal(about)


def _headline(report: Report) -> Iterator[str]:
    if report.error is not None:
        yield f"{plural(len(report.error.problems), 'problem')} (exit code {report.exit_code})"
    if report.plan is not None and report.plan.changes:
        counts = report.summary
        if report.outcomes is not None:
            yield count_done(counts)
        else:
            yield count_planned(counts)
    elif report.error is None and report.plan is not None:
        yield "nothing to do"
    elif report.error is None and report.configs:
        yield f"{plural(len(report.configs), 'model')} valid"
    elif report.error is None:
        yield "done"
    if report.plan is not None and report.plan.allowances:
        yield f"allowed: {literal(str(report.plan.allowances))}"


def _summary(report: Report, plan: Plan) -> Iterator[str]:
    """Yield the server, the checksum, and what else identifies a plan."""
    yield f"Server {literal(display(plan.server.registry_uri, MAX_URI))}"
    yield f"plan {literal(plan.checksum)}"
    if plan.changes and report.summary["unchanged"]:
        yield f"{plural(report.summary['unchanged'], 'other model')} without changes"


def _about(report: Report) -> str | None:
    if report.payload is not None:
        return payload_summary(report.payload)
    if report.configs:
        return ", ".join(report.configs)
    if report.plan is not None and not report.plan.changes and report.error is None:
        return nothing_to_do(report)
    return None


def _mark(uri: str) -> str:
    """Return an address in which nothing ends an HTML comment."""
    return quote(mask_values(uri)[:MAX_URI], safe="/:@?&=+,%", errors="backslashreplace")


def _lists(title: str, texts: Sequence[str], rank: int) -> Iterator[Section]:
    """Yield a list of texts, and a folded one of those that are too many."""
    items = [
        Item((f"- {literal(text)}",), "problem" if rank == PROBLEMS else "note") for text in texts
    ]
    first, more = tuple(items[:OPEN_ITEMS]), tuple(items[OPEN_ITEMS:])
    if first:
        yield Section((f"**{title}**", ""), first, rank, share=0.5)
    if more:
        yield Section((), more, rank, share=0.5, folded=True)


def _models(report: Report) -> Iterator[Section]:
    """Yield a table for each model that has changes, what is at risk first."""
    left = {outcome.plan.name: len(outcome.left) for outcome in report.unfinished}
    shown = [
        m for m in report.models if (m.changes and m.name in left) or in_reading_order(m.changes)
    ]
    shown.sort(key=lambda model: (model.name not in left, _weight(model.changes)))
    for index, model in enumerate(shown):
        is_at_risk = model.name in left or _weight(model.changes) <= 1
        rank = MODELS_AT_RISK if is_at_risk else MODELS
        yield _table(
            model, left.get(model.name), rank, folded=rank == MODELS and index >= OPEN_MODELS
        )


def _weight(changes: Sequence[Change]) -> int:
    """Return 0 where an alias moves or a guard changes, 1 where something is removed, else 2 or 3."""
    return min(map(_weight_of, changes), default=3)


def _weight_of(change: Change) -> int:
    match change:
        case SetAlias(before=int()) | DeleteAlias():
            return 0
        case SetTag(key=key) | DeleteTag(key=key) if key in {OWNER_TAG, PROTECTED_TAG}:
            return 0
        case DeleteTag() | DeleteVersion():
            return 1
        case SetTag() | SetDescription():
            return 2
        case SetAlias() | CreateModel() | CreateVersion() | AdoptModel() | AdoptVersion():
            return 3
        case _:
            assert_never(change)


def _table(model: ModelPlan, left: int | None, rank: int, *, folded: bool) -> Section:
    """Return a table of the changes; `left` is how many of them a stopped run did not make."""
    states: tuple[str, ...] = () if left is None else ("state",)
    head = (
        f"#### {literal(model.name)}",
        "",
        _row("", *states, "what", "field", "change"),
        _row(*["---"] * (4 + len(states))),
    )
    if left is None:
        # Where not all have room, the first ones are seen.
        ordered = sorted(in_reading_order(model.changes), key=lambda c: min(_weight_of(c), 2))
        items = [_item(change, ()) for change in ordered]
    else:
        done = len(model.changes) - left
        open_ones = sorted(model.changes[done:], key=_weight_of)
        items = [_item(change, ("left",)) for change in open_ones]
        items += [_item(change, ("done",)) for change in model.changes[:done]]
    return Section(head, tuple(items), rank, folded=folded)


def _item(change: Change, states: tuple[str, ...]) -> Item:
    start = (MARKS[change.action], *states, _object(change))
    rows = (_row(*start, field, text) for field, text in _fields(change))
    return Item(tuple(rows), change.action)


def _object(change: Change) -> str:
    return "alias" if _is_alias(change) else subject(change)


def _is_alias(change: Change) -> bool:
    return isinstance(change, SetAlias | DeleteAlias)


def _fields(change: Change) -> Iterator[tuple[str, str]]:
    """Yield the field and the values of a change; of something new, those of all its fields."""
    yield literal_cell(field_name(change)), _values(change)
    if isinstance(change, CreateVersion):
        if change.difference is not None:
            yield "differs from", literal_cell(describe_difference(change.difference))
        yield "uri", literal_cell(safe_uri(change.source.uri))
        if not change.source.verified:
            yield "verify", "false: nobody looks at the files"
        if change.source.files:
            size = sum(file.size for file in change.source.files)
            yield "upload", f"{plural(len(change.source.files), 'file')}, {size:,} bytes"
    if isinstance(change, SetAlias) and change.signature is not None:
        yield "signature", literal_cell(describe_signature(change.signature))
    if isinstance(change, CreateModel | CreateVersion):
        for field, value in new_fields(change).items():
            yield literal_cell(field), literal_cell(display(value, MAX_VALUE))


def _values(change: Change) -> str:
    match change:
        case CreateModel():
            return literal_cell(display(change.name))
        case AdoptModel():
            return ""
        case CreateVersion():
            return literal_cell(short_digest(change.source.digest))
        case AdoptVersion():
            digest = change.tags.get(DIGEST_TAG)
            return literal_cell(short_digest(digest)) if digest else ""
        case DeleteVersion():
            return literal_cell(short_digest(change.digest))
        case SetTag() | DeleteTag() | SetDescription() | SetAlias() | DeleteAlias():
            before, after = (literal_cell(side or "") for side in change_sides(change, MAX_VALUE))
            if not after:
                return f"was {before}"
            return f"{before} → {after}".lstrip() if before or _is_alias(change) else after
        case _:
            assert_never(change)


def _payload(payload: Payload) -> Iterator[Section]:
    """Yield the tables of a listing, or the lines of another payload as a list."""
    if not isinstance(payload, Listing):
        lines = [line.removeprefix("  ") for line in payload_lines(payload)][:-1]
        if lines:
            items = (Item((f"- {literal(line)}",), "line") for line in lines)
            yield Section((), tuple(items))
        return
    for table in tables(payload):
        title = (f"#### {literal('  '.join(table.title), None)}", "") if table.title else ()
        if not table.rows:
            yield Section(title, ())
            continue
        headings, *rows = table.rows
        head = (*title, _row(*map(cell_text, headings)), _row(*["---"] * len(headings)))
        items = (
            Item((_row(*(literal_cell(cell_text(cell), None) for cell in row)),), "line")
            for row in rows
        )
        yield Section(head, tuple(items))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"

"""A report as Markdown, for a comment on a pull request or a job summary."""

from __future__ import annotations

import re
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
    SetAlias,
    SetDescription,
    SetTag,
)
from registrar.report.layout import cell_text
from registrar.report.payload_text import payload_lines, payload_summary
from registrar.report.reading_order import in_reading_order
from registrar.report.results import Listing
from registrar.report.tables import tables
from registrar.report.text import error_text
from registrar.report.wording import (
    MARKS,
    change_values,
    count_done,
    describe_difference,
    display,
    field_name,
    new_fields,
    nothing_to_do,
    own_records,
    short_digest,
    subject,
)
from registrar.secrets import mask_values
from registrar.state import DIGEST_TAG
from registrar.text import plural, printable
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan
    from registrar.report.report import Report
    from registrar.report.results import Payload

__all__ = ["as_markdown"]


def as_markdown(report: Report) -> str:
    """Return a heading with a summary, then a table for each model that has changes."""
    lines = [f"### registrar {report.command}: {_headline(report)}"]
    left = {outcome.plan.name: len(outcome.left) for outcome in report.unfinished}
    for model in report.models:
        if model.name in left or in_reading_order(model.changes):
            lines += ["", *_table(model, left.get(model.name))]
    if report.payload is not None:
        lines += _payload(report.payload)
    if report.plan is not None and report.plan.changes:
        server, checksum = report.plan.server.registry_uri, report.plan.checksum
        lines += ["", f"Server {_code(server)}, plan {_code(checksum)}"]
    if report.error is not None:
        text = error_text(report.error)
        lines += ["", _fence(text, 3), text, _fence(text, 3)]
    return "\n".join(lines)


def _headline(report: Report) -> str:
    if report.error is not None:
        return f"exit {report.exit_code}"
    if report.payload is not None:
        return _cell(payload_summary(report.payload))
    if report.plan is None:
        return _cell(f"{', '.join(report.configs)} valid")
    if not report.plan.changes:
        return _cell(f"nothing to do, {nothing_to_do(report)}")
    if report.outcomes is not None:
        return count_done(report.summary)
    shown = in_reading_order(report.plan.changes)
    changes = plural(len(shown), "change") if shown else own_records(report.summary)
    allowances = report.plan.allowances
    return f"{changes}, allowed: {_code(str(allowances))}" if allowances else changes


def _payload(payload: Payload) -> Iterator[str]:
    """Yield the tables of a listing, or the lines of another payload as a list."""
    if not isinstance(payload, Listing):
        yield ""
        yield from (f"- {_cell(line.strip())}" for line in [*payload_lines(payload)][:-1])
        return
    for table in tables(payload):
        yield ""
        if table.title:
            yield from (f"**{_cell('  '.join(table.title))}**", "")
        for index, row in enumerate(table.rows):
            yield _row(*(_cell(cell_text(cell)) for cell in row))
            if index == 0:
                yield _row(*["---"] * len(row))


def _table(model: ModelPlan, left: int | None) -> Iterator[str]:
    """Yield a table of the changes; `left` is how many of them a stopped run did not make."""
    states = ("state",) if left is not None else ()
    yield f"**{_cell(model.name)}**"
    yield ""
    yield _row("", *states, "what", "field", "change")
    yield _row(*["---"] * (4 + len(states)))
    changes = in_reading_order(model.changes) if left is None else model.changes
    for index, change in enumerate(changes):
        if left is not None:
            states = ("done" if index < len(model.changes) - left else "left",)
        for field, text in _rows_of(change):
            cells = (subject(change), field, text)
            yield _row(MARKS[change.action], *states, *map(_cell, cells))


def _rows_of(change: Change) -> Iterator[tuple[str, str]]:
    """Yield the field and the values of a change; of something new, those of all its fields."""
    yield field_name(change), _change_cell(change)
    if isinstance(change, CreateVersion):
        if change.difference is not None:
            yield "differs from", describe_difference(change.difference)
        yield "uri", safe_uri(change.source.uri)
        if not change.source.verified:
            yield "verify", "false: nobody looks at the files"
    if isinstance(change, CreateModel | CreateVersion):
        yield from ((field, display(value)) for field, value in new_fields(change).items())


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _change_cell(change: Change) -> str:
    match change:
        case CreateModel():
            return display(change.name)
        case AdoptModel():
            return ""
        case CreateVersion():
            return short_digest(change.source.digest)
        case AdoptVersion():
            return short_digest(change.tags[DIGEST_TAG]) if DIGEST_TAG in change.tags else ""
        case DeleteVersion():
            return short_digest(change.digest)
        case SetTag() | DeleteTag() | SetDescription() | SetAlias() | DeleteAlias():
            return change_values(change)
        case _:
            assert_never(change)


def _cell(text: str) -> str:
    """Return text that a reader sees as it is: nothing in it is markup or ends the cell."""
    return re.sub(r"([\\|`*_<>\[\]~&])", r"\\\1", printable(mask_values(text)))


def _code(text: str) -> str:
    text = mask_values(text)
    fence = _fence(text, 1)
    return f"{fence}{printable(text)}{fence}"


def _fence(text: str, least: int) -> str:
    """Return more backticks than the text has in a row anywhere, and at least `least`."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])

"""A report as Markdown, for a comment on a pull request or a job summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from registrar.report.result_text import closing, lines
from registrar.report.results import Listing
from registrar.report.tables import tables
from registrar.report.text import errors
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
from registrar.state import DIGEST_TAG
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.report.report import Report
    from registrar.report.results import Payload
    from registrar.state import Change, ModelPlan

__all__ = ["as_markdown"]


def as_markdown(report: Report) -> str:
    """A heading with the tally, then a table of changes for each model that has any."""
    lines = [f"### registrar {report.command}: {_headline(report)}"]
    left = {outcome.plan.desired.name: len(outcome.left) for outcome in failed(report)}
    for model in report.models:
        if model.changes:
            lines += ["", *_table(model, left.get(model.desired.name))]
    if report.payload is not None:
        lines += _result(report.payload)
    if report.plan is not None and report.plan.changes:
        server, checksum = report.plan.server.registry_uri, report.plan.checksum
        lines += ["", f"Server {_code(server)}, plan {_code(checksum)}"]
    if report.error is not None:
        text = errors(report.error)
        lines += ["", _fence(text, 3), text, _fence(text, 3)]
    return "\n".join(lines)


def _headline(report: Report) -> str:
    if report.error is not None:
        return f"exit {report.exit_code}"
    if report.payload is not None:
        return _cell(closing(report.payload))
    if report.plan is None:
        return _cell(f"{', '.join(report.configs)} valid")
    if not report.plan.changes:
        return _cell(f"nothing to do, {nothing_to_do(report)}")
    if report.outcomes is not None:
        return tally(report.summary)
    count = len(report.plan.changes)
    return f"{count} change{'' if count == 1 else 's'}"


def _result(result: Payload) -> Iterator[str]:
    """The tables of a listing; what else there is to say, line by line."""
    if not isinstance(result, Listing):
        yield ""
        yield from (f"- {_cell(line.strip())}" for line in [*lines(result)][:-1])
        return
    for table in tables(result):
        yield ""
        if table.title:
            yield from (f"**{_cell(table.title)}**", "")
        for index, row in enumerate(table.rows):
            yield _row(*map(_cell, row))
            if index == 0:
                yield _row(*["---"] * len(row))


def _table(model: ModelPlan, left: int | None) -> Iterator[str]:
    """The changes; where the run stopped, with what was done and what is left."""
    states = ("state",) if left is not None else ()
    yield f"**{_cell(model.desired.name)}**"
    yield ""
    yield _row("", *states, "what", "field", "change")
    yield _row(*["---"] * (4 + len(states)))
    for index, change in enumerate(model.changes):
        if left is not None:
            states = ("done" if index < len(model.changes) - left else "left",)
        cells = (subject(change), field(change), _change(change))
        yield _row(MARKS[change.action], *states, *map(_cell, cells))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _change(change: Change) -> str:
    if change.kind == "version":
        held = change.after or change.before
        return digest(held.get("digest") or held.get(DIGEST_TAG))
    if change.kind == "model":
        return shown(change.after["name"]) if change.action == "create" else ""
    return values(change)


def _cell(text: str) -> str:
    """The text as it is: nothing in it is markup, ends a cell, or begins another line."""
    return re.sub(r"([\\|`*_<>\[\]~&])", r"\\\1", printable(text))


def _code(text: str) -> str:
    fence = _fence(text, 1)
    return f"{fence}{printable(text)}{fence}"


def _fence(text: str, least: int) -> str:
    """More backticks than stand together anywhere in the text."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])

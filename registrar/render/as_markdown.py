"""A report as Markdown, for a comment on a pull request or a job summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.render.as_text import errors
from registrar.render.words import MARKS, digest, nothing_to_do, shown, subject, tally, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.state import Change, ModelPlan, Report

__all__ = ["as_markdown"]


def as_markdown(report: Report) -> str:
    """A heading with the tally, then a table of changes for each model that has any."""
    lines = [f"### registrar {report.command}: {_headline(report)}"]
    for model in report.models:
        if model.changes:
            lines += ["", *_table(model)]
    if report.plan is not None and report.plan.changes:
        lines += ["", f"Server `{report.plan.server.registry_uri}`, plan `{report.plan.checksum}`"]
    if report.error is not None:
        lines += ["", "```", errors(report.error), "```"]
    return "\n".join(lines)


def _headline(report: Report) -> str:
    if report.error is not None:
        return f"exit {report.exit_code}"
    if report.plan is None:
        return f"{', '.join(report.configs)} valid"
    if not report.plan.changes:
        return f"nothing to do, {nothing_to_do(report)}"
    return (
        tally(report.summary)
        if report.outcomes is not None
        else f"{len(report.plan.changes)} changes"
    )


def _table(model: ModelPlan) -> Iterator[str]:
    yield f"**{_cell(model.desired.name)}**"
    yield ""
    yield "| | what | field | change |"
    yield "| --- | --- | --- | --- |"
    for change in model.changes:
        cells = (MARKS[change.action], subject(change), change.field or "", _change(change))
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _change(change: Change) -> str:
    if change.kind == "version":
        return digest((change.after or change.before or {}).get("digest"))
    return shown(change.after["name"]) if change.kind == "model" else values(change)


def _cell(text: str) -> str:
    for char in "\\|`*_<>[]":
        text = text.replace(char, "\\" + char)
    return text

"""A report as Markdown, for a comment on a pull request or a job summary.

All text of others is in code spans (`literal`). The first line is for automation: it marks the comment.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import quote

from registrar.report.importance import Importance, importance_of_model
from registrar.report.layout import cell_text
from registrar.report.literal import literal, literal_cell
from registrar.report.model_table import model_table, write_row
from registrar.report.notes import list_notes_for_readers
from registrar.report.page import Item, Section, lay_out
from registrar.report.payload_text import payload_lines, payload_summary, payload_tables
from registrar.report.reading_order import in_reading_order
from registrar.report.results import Evidence, History, Listing
from registrar.report.wording import count_done, count_planned, display, nothing_to_do
from registrar.secrets import mask_values
from registrar.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.report.report import Report
    from registrar.report.results import Payload
    from registrar.verdicts import VerdictState

__all__ = ["as_markdown"]

LIMIT = 60_000  # characters; GitHub takes no comment of more than 65 536
MAX_URI = 300  # characters of the server's address
OPEN_MODELS = 20  # models that only create and update are folded after so many
OPEN_AT_RISK = 40  # and so are the others
OPEN_ITEMS = 20  # and so are problems, and notes
# For one verdict and for many; those that hold are not counted.
VERBS: dict[VerdictState, tuple[str, str]] = {
    "fails": ("FAILS", "FAIL"),
    "allowed": ("FAILS and is allowed", "FAIL and are allowed"),
    "warns": ("warns", "warn"),
}
# What is shown rather than other things where not everything has room.
PROBLEMS, MODELS_AT_RISK, NOTES, MODELS = range(4)


def as_markdown(report: Report, limit: int = LIMIT) -> str:
    """Return a heading with counts, then problems, models, the most important first, and notes.

    It has at most `limit` characters.
    """
    problems = [str(problem) for problem in report.error.problems] if report.error else []
    shown = _choose_models(report)
    sections = [
        *_lists("Problems", problems, PROBLEMS),
        *_models(report, shown),
        *(_payload(report.payload) if report.payload is not None else ()),
        *_lists("Notes", [*list_notes_for_readers(report)], NOTES),
    ]
    return lay_out([*_head(report, shown)], sections, limit)


def _head(report: Report, shown: Sequence[ModelPlan]) -> Iterator[str]:
    """Yield the line for automation, the heading, and what it is about."""
    plan = report.plan
    marks = f" server={_mark(plan.server.registry_uri)} checksum={plan.checksum}" if plan else ""
    yield f"<!-- registrar{marks} -->"
    headline = ", ".join(_headline(report, shown))
    yield f"### registrar {report.command}{headline and f': {headline}'}"
    if plan is not None:
        yield ""
        yield ", ".join(_summary(report, plan, shown))
    about = _about(report)
    if about is not None:
        yield ""
        yield literal(about)


def _headline(report: Report, shown: Sequence[ModelPlan]) -> Iterator[str]:
    """Yield what a reader has to know first: failures, how many models, and what was allowed."""
    if report.error is not None:
        yield f"{plural(len(report.error.problems), 'problem')} (exit code {report.exit_code})"
    if report.plan is not None and report.plan.changes:
        if report.outcomes is not None:
            yield count_done(report.summary)
        else:
            yield _count_models(report, len(shown))
            yield from _count_verdicts(report.models)
    elif report.error is None and report.plan is not None:
        yield "nothing to do"
    elif report.error is None and report.configs:
        yield f"{plural(len(report.configs), 'model')} valid"
    if report.plan is not None and report.plan.allowances:
        yield f"allowed: {literal(str(report.plan.allowances))}"


def _count_models(report: Report, count: int) -> str:
    """Return `3 models change`; what only writes registrar's own records is told as such."""
    if not count:
        return count_planned(report.summary)
    one, many = ("differs", "differ") if report.command == "check" else ("changes", "change")
    return f"{plural(count, 'model')} {one if count == 1 else many}"


def _count_verdicts(models: Sequence[ModelPlan]) -> Iterator[str]:
    """Yield `2 gates FAIL`, `1 rule warns`: what verdicts there are besides those that hold."""
    counts = Counter(
        ("rule" if verdict.kind == "rule" else "gate", verdict.state)
        for model in models
        for verdict in model.verdicts
    )
    for state, (one, many) in VERBS.items():
        for noun in ("gate", "rule"):
            if count := counts[noun, state]:
                yield f"{plural(count, noun)} {one if count == 1 else many}"


def _summary(report: Report, plan: Plan, shown: Sequence[ModelPlan]) -> Iterator[str]:
    """Yield the server, the checksum, and what else identifies a plan."""
    yield f"Server {literal(display(plan.server.registry_uri, MAX_URI))}"
    yield f"plan {literal(plan.checksum)}"
    if report.outcomes is None and shown:
        yield count_planned(report.summary)
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


def _models(report: Report, shown: Sequence[ModelPlan]) -> Iterator[Section]:
    """Yield a table for each model that has changes, the most important first."""
    left = {outcome.plan.name: len(outcome.left) for outcome in report.unfinished}
    ranks = {
        model.name: importance_of_model(model, is_unfinished=model.name in left) for model in shown
    }
    for index, model in enumerate(sorted(shown, key=lambda model: ranks[model.name])):
        is_at_risk = ranks[model.name] < Importance.UPDATED
        rank = MODELS_AT_RISK if is_at_risk else MODELS
        folded = index >= (OPEN_AT_RISK if is_at_risk else OPEN_MODELS)
        yield model_table(model, left.get(model.name), rank, folded=folded)


def _choose_models(report: Report) -> list[ModelPlan]:
    """Return the models that have a table: those with changes that a reader can see."""
    left = {outcome.plan.name for outcome in report.unfinished}
    return [
        model
        for model in report.models
        if (model.changes and model.name in left) or in_reading_order(model.changes)
    ]


def _payload(payload: Payload) -> Iterator[Section]:
    """Yield the tables of a listing, or the lines of another payload as a list."""
    if isinstance(payload, Evidence):
        lines = ["```json", *payload_lines(payload), "```"]
        yield Section((), (Item(tuple(lines), "line"),))
        return
    if not isinstance(payload, Listing | History):
        lines = [line.removeprefix("  ") for line in payload_lines(payload)][:-1]
        if lines:
            items = (Item((f"- {literal(line)}",), "line") for line in lines)
            yield Section((), tuple(items))
        return
    for table in payload_tables(payload):
        title = (f"#### {literal('  '.join(table.title), None)}", "") if table.title else ()
        if not table.rows:
            yield Section(title, ())
            continue
        headings, *rows = table.rows
        head = (*title, write_row(*map(cell_text, headings)), write_row(*["---"] * len(headings)))
        items = (
            Item((write_row(*(literal_cell(cell_text(cell), None) for cell in row)),), "line")
            for row in rows
        )
        yield Section(head, tuple(items))

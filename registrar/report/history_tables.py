"""What `history` gives, as tables for a terminal or for Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.event_text import describe_author, describe_reasons, describe_time
from registrar.report.layout import Table
from registrar.report.wording import display, short_digest
from registrar.secrets import mask_values
from registrar.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.changes.history import Move, Position
    from registrar.report.results import History

__all__ = ["history_summary", "history_tables"]

OUTSIDE = "not by registrar"
NOT_COMPLETED = "not completed, or undone outside registrar"
MOVED = "moved outside registrar at an unknown time"
UNDONE = f"a move was {NOT_COMPLETED}, at an unknown time"


def history_tables(history: History) -> Iterator[Table]:
    """Yield a table for each model: its moves, the latest first, or where aliases pointed."""
    for model in history.models:
        rows = (
            _list_move_rows(model.moves)
            if history.at is None
            else _list_position_rows(model.positions)
        )
        if len(rows) > 1:
            yield Table(
                (mask_values(model.name),), tuple(rows), labels=2, flexible=frozenset({"WHY"})
            )


def history_summary(history: History) -> str:
    """Return the summary, in one line."""
    where = history.server.registry_uri
    if history.at is not None:
        count = sum(len(model.positions) for model in history.models)
        aliases = "1 alias" if count == 1 else f"{count} aliases"
        return f"{aliases} at {where}, as of {history.at}."
    count = sum(len(model.moves) for model in history.models)
    return f"{plural(count, 'move')} at {where}."


def _list_move_rows(moves: tuple[Move, ...]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("WHEN", "ALIAS", "VERSION", "DIGEST", "BY", "WHY")]
    # A stable sort: of one alias, the order of its chain counts, whatever the clocks said.
    latest: dict[str, str] = {}
    times = []
    for index, move in enumerate(moves):
        latest[move.alias] = max(latest.get(move.alias, ""), move.at or move.after or "")
        times.append((latest[move.alias], index))
    for _, index in sorted(times, reverse=True):
        move = moves[index]
        event = move.event
        rows.append(
            (
                _describe_when(move),
                display(move.alias),
                f"{_format_number(move.source)} -> {_format_number(move.target)}",
                short_digest(move.digest) if move.digest else "",
                OUTSIDE if event is None else describe_author(event),
                _describe_why(move),
            )
        )
    return rows


def _list_position_rows(positions: tuple[Position, ...]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("ALIAS", "VERSION", "DIGEST", "SINCE", "BY", "WHY")]
    for position in positions:
        event = position.event
        doubt = UNDONE if position.may_be_undone else MOVED
        moved = doubt if position.others else ""
        rows.append(
            (
                display(position.alias),
                " or ".join(map(_format_number, (position.version, *position.others))),
                short_digest(position.digest) if position.digest else "",
                describe_time(position.since),
                OUTSIDE if event is None else describe_author(event),
                moved or ("" if event is None else describe_reasons(event)),
            )
        )
    return rows


def _describe_when(move: Move) -> str:
    if move.at is not None:
        return describe_time(move.at)
    if move.after is not None:
        return f"after {describe_time(move.after)}"
    return f"before {describe_time(move.before)}" if move.before is not None else ""


def _describe_why(move: Move) -> str:
    match move.state:
        case "made":
            return "" if move.event is None else describe_reasons(move.event)
        case "not-completed":
            return NOT_COMPLETED
        case "outside" if move.before is None:
            return "it points there now"
        case "outside":
            return f"the next event starts from {_format_number(move.target)}"


def _format_number(version: int | None) -> str:
    return "none" if version is None else str(version)

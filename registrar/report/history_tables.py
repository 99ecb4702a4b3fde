"""What `history` gives, as tables for a terminal or for Markdown, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.report.event_text import describe_author, describe_reasons, describe_time
from registrar.report.layout import Table
from registrar.report.wording import display, short_digest
from registrar.secrets import mask_values
from registrar.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.changes.history import Move, Position
    from registrar.report.results import History

__all__ = ["history_summary", "history_tables", "history_to_list"]

OUTSIDE = "not by registrar"
NOT_COMPLETED = "not completed, or undone outside registrar"


def history_to_list(history: History) -> list[dict[str, Any]]:
    """Return the models as JSON values."""
    return [
        {
            "name": model.name,
            "moves": [_move(move) for move in model.moves],
            "aliases": [_position(position) for position in model.positions],
        }
        for model in history.models
    ]


def history_tables(history: History) -> Iterator[Table]:
    """Yield a table for each model: its moves, the latest first, or where aliases pointed."""
    for model in history.models:
        rows = _move_rows(model.moves) if history.at is None else _position_rows(model.positions)
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


def _move_rows(moves: tuple[Move, ...]) -> list[tuple[str, ...]]:
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
                _when(move),
                display(move.alias),
                f"{_number(move.source)} -> {_number(move.target)}",
                short_digest(move.digest) if move.digest else "",
                OUTSIDE if event is None else describe_author(event),
                _why(move),
            )
        )
    return rows


def _position_rows(positions: tuple[Position, ...]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("ALIAS", "VERSION", "DIGEST", "SINCE", "BY", "WHY")]
    for position in positions:
        event = position.event
        moved = "moved outside registrar at an unknown time" if position.others else ""
        rows.append(
            (
                display(position.alias),
                " or ".join(map(_number, (position.version, *position.others))),
                short_digest(position.digest) if position.digest else "",
                describe_time(position.since),
                OUTSIDE if event is None else describe_author(event),
                moved or ("" if event is None else describe_reasons(event)),
            )
        )
    return rows


def _when(move: Move) -> str:
    if move.at is not None:
        return describe_time(move.at)
    if move.after is not None:
        return f"after {describe_time(move.after)}"
    return f"before {describe_time(move.before)}" if move.before is not None else ""


def _why(move: Move) -> str:
    match move.state:
        case "made":
            return "" if move.event is None else describe_reasons(move.event)
        case "not-completed":
            return NOT_COMPLETED
        case "outside" if move.before is None:
            return "it points there now"
        case "outside":
            return f"the next event starts from {_number(move.target)}"


def _number(version: int | None) -> str:
    return "none" if version is None else str(version)


def _move(move: Move) -> dict[str, Any]:
    event = move.event
    return {
        "alias": move.alias,
        "from": move.source,
        "to": move.target,
        "state": move.state,
        "digest": move.digest,
        "at": move.at,
        "after": move.after,
        "before": move.before,
        "by": dict(event.by) if event is not None else {},
        "checksum": None if event is None else event.checksum,
        "verdicts": [] if event is None else event.to_dict()["verdicts"],
        "waived": [] if event is None else list(event.waived),
        "event": None if event is None else event.key,
        "previous": None if event is None else event.previous,
    }


def _position(position: Position) -> dict[str, Any]:
    return {
        "alias": position.alias,
        "version": position.version,
        "digest": position.digest,
        "others": list(position.others),
        "since": position.since,
        "event": None if position.event is None else position.event.key,
    }

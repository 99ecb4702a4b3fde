"""What `history` gives, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from registrar.changes.history import Move, Position
    from registrar.report.results import History

__all__ = ["history_to_list"]


def history_to_list(history: History) -> list[dict[str, Any]]:
    """Return the models as JSON values."""
    return [
        {
            "name": model.name,
            "moves": [_move_to_dict(move) for move in model.moves],
            "aliases": [_position_to_dict(position) for position in model.positions],
        }
        for model in history.models
    ]


def _move_to_dict(move: Move) -> dict[str, Any]:
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


def _position_to_dict(position: Position) -> dict[str, Any]:
    return {
        "alias": position.alias,
        "version": position.version,
        "digest": position.digest,
        "others": list(position.others),
        "since": position.since,
        "event": None if position.event is None else position.event.key,
    }

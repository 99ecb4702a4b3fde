"""The limits that the aliases of a model were judged by when they came to their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from registrar.report.html.catalogue import Limit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from registrar.changes.history import Move

__all__ = ["find_limits"]


def find_limits(moves: Iterable[Move], aliases: Collection[str]) -> tuple[Limit, ...]:
    """Return the limits in the verdicts of the last move that registrar made of each of the aliases.

    Whoever may write tags may have written them: what has not the form of a limit is none.
    """
    events = {
        move.alias: move.event for move in moves if move.event is not None and move.alias in aliases
    }
    return tuple(
        limit
        for alias, event in sorted(events.items())
        for verdict in event.verdicts
        for limit in _read_limits(alias, verdict)
    )


def _read_limits(alias: str, verdict: Mapping[str, Any]) -> Iterator[Limit]:
    name, demands = verdict.get("name"), verdict.get("demands")
    if verdict.get("kind") != "metric" or not isinstance(name, str):
        return
    if not isinstance(demands, Mapping):
        return
    dataset = demands.get("dataset")
    least, most = _read_number(demands.get("min")), _read_number(demands.get("max"))
    if least is not None or most is not None:
        yield Limit(name, dataset if isinstance(dataset, str) else None, alias, least, most)


def _read_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None

"""The history of aliases: the moves that registrar has recorded, and those that it can only infer.

A move is inferred where an event starts from another version than the one before has come to, or
where an alias points elsewhere than its last event says. Nobody recorded when that was.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from registrar.changes.events import list_events
from registrar.changes.move_fates import find_fates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from registrar.events import Event
    from registrar.state import ObservedModel

__all__ = ["Move", "Position", "find_positions", "list_moves"]

MoveState: TypeAlias = Literal["made", "not-completed", "outside"]


@dataclass(frozen=True, slots=True)
class Move:
    """One move of an alias, from version `source` to version `target`; None stands for no version.

    A move that registrar `made` has its `event`. `not-completed` is one whose alias never got there,
    or was moved back outside registrar: MLflow does not tell which. A move `outside` registrar
    has no event: it happened between the times `after` and `before`, each None where nobody knows
    it. Times are ISO 8601 in UTC.
    """

    alias: str
    source: int | None
    target: int | None
    state: MoveState
    digest: str | None = None
    event: Event | None = None
    after: str | None = None
    before: str | None = None

    @property
    def at(self) -> str | None:
        """When it was; None where nobody recorded that."""
        return None if self.event is None else self.event.at


@dataclass(frozen=True, slots=True)
class Position:
    """Where an alias pointed at one time: to version `version`, None for none.

    `others` are the versions that it may have pointed to instead: somebody has moved it outside
    registrar, before or after that time; or registrar was about to move it, and it is not known
    whether that was done and undone later (`may_be_undone`). `since` is when it came there, None
    where nobody knows it. `event` is that of the move, None for a move outside registrar. `digest` is
    that of the version.
    """

    alias: str
    version: int | None
    digest: str | None = None
    others: tuple[int | None, ...] = ()
    since: str | None = None
    event: Event | None = None
    may_be_undone: bool = False


def list_moves(observed: ObservedModel, alias: str | None = None) -> tuple[Move, ...]:
    """Return the moves of a model's aliases, or of one, alias by alias, each from the oldest on."""
    events: dict[str, list[Event]] = {name: [] for name in observed.aliases}
    for event in list_events(observed):
        events.setdefault(event.alias, []).append(event)
    digests = {version.number: version.digest for version in observed.versions}
    return tuple(
        move
        for name in sorted(events)
        if alias in {None, name}
        for move in _trace_moves(name, events[name], observed.aliases.get(name), digests)
    )


def find_positions(moves: Iterable[Move], at: str, now: str) -> tuple[Position, ...]:
    """Return where each alias pointed at a time; aliases that were not there before are left out.

    `now` is the time at which the moves were read.
    """
    positions: dict[str, Position] = {}
    for move in moves:
        known = positions.get(move.alias, Position(move.alias, None))
        match move.state:
            case "made" if move.at is not None and move.at <= at:
                digest = None if move.target is None else move.digest
                position = Position(move.alias, move.target, digest, (), move.at, move.event)
            case "outside" if (move.before or now) <= at:
                position = Position(move.alias, move.target, move.digest)
            case "outside" if (move.after or "") <= at:
                position = _add_other(known, move.target)
            case "not-completed" if (
                move.at is not None and move.at <= at < now and move.source == known.version
            ):
                position = _add_other(replace(known, may_be_undone=True), move.target)
            case _:
                continue
        positions[move.alias] = position
    return tuple(positions[alias] for alias in sorted(positions))


def _add_other(known: Position, other: int | None) -> Position:
    """Return the position of an alias that may have pointed to another version instead."""
    is_new = other not in {known.version, *known.others}
    return replace(known, others=(*known.others, other)) if is_new else known


def _trace_moves(
    alias: str, events: Sequence[Event], now: int | None, digests: Mapping[int, str | None]
) -> Iterator[Move]:
    """Yield the moves of one alias, which points to version `now`, from the oldest on."""

    def infer(source: int | None, target: int | None, before: str | None) -> Move:
        digest = None if target is None else digests.get(target)
        return Move(alias, source, target, "outside", digest, None, last, before)

    lost = _find_lost(events, now)
    order = _sort(events)
    told = [event for event in order if event.key not in lost]
    fates = dict(zip((event.key for event in told), find_fates(told, now), strict=True))
    position, last = None, None
    for event in order:
        fate = fates.get(event.key, "overtaken")
        made = Move(alias, event.source, event.target, "made", event.digest, event)
        if fate == "overtaken":
            yield _mark_not_completed(made)
            continue
        if event.source != position:
            yield infer(position, event.source, event.at)
        yield made if fate == "made" else _mark_not_completed(made)
        position, last = event.target if fate == "made" else event.source, event.at
    if position != now:
        yield infer(position, now, None)


def _mark_not_completed(move: Move) -> Move:
    return replace(move, state="not-completed")


def _find_lost(events: Sequence[Event], now: int | None) -> set[str]:
    """Return the keys of moves that lost a race: another one from the same place was made."""
    followed = {event.previous for event in events}
    siblings: dict[tuple[str | None, int | None], list[Event]] = defaultdict(list)
    for event in events:
        siblings[event.previous, event.source].append(event)
    lost = set()
    for rivals in siblings.values():
        won = {event.key for event in rivals if event.key in followed or event.target == now}
        lost |= {event.key for event in rivals if event.key not in won} if won else set()
    return lost


def _sort(events: Sequence[Event]) -> list[Event]:
    """Return the events in the order of their chain; where that says nothing, in the order of time."""
    by_key = {event.key: event for event in events}
    following: dict[str, list[Event]] = defaultdict(list)
    ready = []
    for event in by_key.values():
        if event.previous in by_key:
            following[str(event.previous)].append(event)
        else:
            ready.append((event.at, event.key))
    heapq.heapify(ready)
    order = []
    while ready:
        event = by_key[heapq.heappop(ready)[1]]
        order.append(event)
        for after in following[event.key]:
            heapq.heappush(ready, (after.at, after.key))
    return order

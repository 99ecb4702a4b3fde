"""When each alias pointed to which version, as the events tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.events import Event

__all__ = ["Period", "find_periods"]


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which an alias pointed to one version; times are ISO 8601 in UTC.

    `begin` and `end` are None where nobody recorded them; `is_open` is True where the alias is there
    still. `event` is the move that began it, None for a move that registrar did not make.
    """

    alias: str
    version: int
    begin: str | None
    end: str | None
    is_open: bool = False
    event: Event | None = None


def find_periods(aliases: Mapping[str, int], events: Sequence[Event]) -> tuple[Period, ...]:
    """Return the periods of all aliases, in the order of time for each alias.

    `aliases` are the versions that they point to now. Where an event leaves another version than the
    event before had come to, somebody has moved the alias outside registrar.
    """
    by_alias: dict[str, list[Event]] = {alias: [] for alias in aliases}
    for event in sorted(events, key=lambda event: (event.at, event.key)):
        by_alias.setdefault(event.alias, []).append(event)
    names = sorted(by_alias, key=lambda alias: (alias not in aliases, alias))
    return tuple(p for alias in names for p in _periods(alias, aliases.get(alias), by_alias[alias]))


def _periods(alias: str, now: int | None, events: Sequence[Event]) -> Iterator[Period]:
    place: int | None = None
    last: Event | None = None
    for event in _completed(events, now):
        if last is not None and place is not None:
            is_gap = event.source != place
            yield Period(alias, place, last.at, None if is_gap else event.at, event=last)
        if event.source is not None and event.source != place:
            yield Period(alias, event.source, None, event.at)
        place, last = event.target, event
    if last is not None and place is not None:
        yield Period(alias, place, last.at, None, is_open=place == now, event=last)
    if now is not None and now != place:
        yield Period(alias, now, None, None, is_open=True)


def _completed(events: Sequence[Event], now: int | None) -> Iterator[Event]:
    """Yield the moves that were made: after the others, the alias was still at its first version."""
    for index, event in enumerate(events):
        after = events[index + 1].source if index + 1 < len(events) else now
        if event.target == after or event.source != after:
            yield event

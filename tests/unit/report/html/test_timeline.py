"""The timeline: when an alias pointed to which version, as far as events tell."""

from __future__ import annotations

import itertools

import pytest

from registrar.events import Event
from registrar.report.html.timeline import draw_timeline, list_periods
from tests.unit.report.html.samples import catalogued, moved


def spans(now: int | None, *events: Event) -> list[tuple[int, int | None, int | None, bool]]:
    """Each period as version, first day, last day, and whether it lasts."""
    model = catalogued(9, {} if now is None else {"champion": now}, events)
    found = list_periods(model.moves).get("champion", [])
    return [(p.version, _day(p.begin), _day(p.end), p.is_open) for p in found]


def _day(time: str | None) -> int | None:
    return None if time is None else int(time[8:10])


MOVES = (moved(1, "champion", None, 1), moved(5, "champion", 1, 2), moved(9, "champion", 2, 1))


@pytest.mark.parametrize(
    ("now", "events", "expected"),
    [
        (1, MOVES, [(1, 1, 5, False), (2, 5, 9, False), (1, 9, None, True)]),
        (1, MOVES[::-1], [(1, 1, 5, False), (2, 5, 9, False), (1, 9, None, True)]),
        (None, (*MOVES[:1], moved(3, "champion", 1, None)), [(1, 1, 3, False)]),
        # Somebody moved it from 1 to 7 before registrar moved it from 7 to 2.
        (2, (MOVES[0], moved(5, "champion", 7, 2)), [(1, 1, None, False), (7, None, 5, False), (2, 5, None, True)]),
        # Somebody moved it after the last event, or removed it.
        (4, MOVES[:1], [(1, 1, None, False), (4, None, None, True)]),
        # What was never completed, or undone, is no period.
        (None, MOVES[:1], []),
        (1, MOVES[:2], [(1, 1, None, True)]),
        (3, (MOVES[0], moved(5, "champion", 1, 2), moved(9, "champion", 1, 3)), [(1, 1, 9, False), (3, 9, None, True)]),
        # Nobody recorded anything.
        (3, (), [(3, None, None, True)]),
        # The first event tells which version it left.
        (2, (moved(5, "champion", 1, 2),), [(1, None, 5, False), (2, 5, None, True)]),
    ],
)  # fmt: skip
def test_periods(now: int | None, events: tuple[Event, ...], expected: list[object]) -> None:
    assert spans(now, *events) == expected


def test_bars_fill_the_time_and_the_newest_period_is_first_in_the_table() -> None:
    timeline = draw_timeline(catalogued(4, {"champion": 1}, events=MOVES))
    assert timeline is not None
    bars = timeline.bars["champion"]
    assert [bar.version for bar in bars] == [1, 2, 1]
    for bar, following in itertools.pairwise(bars):
        assert bar.left + bar.width == pytest.approx(following.left, abs=0.02)
    assert bars[-1].left + bars[-1].width == pytest.approx(100, abs=0.02)
    assert [(row.version, row.end) for row in timeline.rows] == [
        (1, "now"), (2, "2026-01-09 08:00"), (1, "2026-01-05 08:00"),
    ]  # fmt: skip


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
@pytest.mark.parametrize("moves", [(), MOVES])
def test_a_time_at_the_end_of_the_calendar_spoils_nothing(
    at: str, moves: tuple[Event, ...]
) -> None:
    event = Event("registrar_event_0", "champion", None, 1, None, at)
    timeline = draw_timeline(catalogued(2, {"champion": 1}, (event, *moves)))
    assert timeline is not None
    assert all(0 <= bar.left <= 100 and bar.width >= 0 for bar in timeline.bars["champion"])


def test_a_number_is_shown_where_it_has_room() -> None:
    days = (1, 2, 4, 30)
    events = [moved(day, "champion", 10 + i if i else None, 11 + i) for i, day in enumerate(days)]
    timeline = draw_timeline(catalogued(20, {"champion": 14}, events))
    assert timeline is not None
    labels = {bar.version: bar.label for bar in timeline.bars["champion"]}
    assert labels == {11: "nowhere", 12: "wide", 13: "everywhere", 14: "wide"}


def test_aliases_that_are_there_still_come_first() -> None:
    events = (moved(1, "a", None, 1), moved(2, "a", 1, None), moved(3, "b", None, 1))
    timeline = draw_timeline(catalogued(2, {"b": 1}, events))
    assert timeline is not None
    assert [*timeline.bars] == ["b", "a"]


def test_without_events_there_is_no_timeline() -> None:
    assert draw_timeline(catalogued(2)) is None

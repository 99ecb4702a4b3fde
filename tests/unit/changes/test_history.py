"""The history of aliases: moves that are recorded, that were never completed, and that are inferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.changes.events import RecordEvent, find_previous
from registrar.changes.history import find_positions, list_moves
from registrar.state import ObservedModel, ObservedVersion

if TYPE_CHECKING:
    from registrar.events import Event

NOW = "2026-12-31T00:00:00.000Z"


def day(number: int) -> str:
    return f"2026-10-{number:02}T00:00:00.000Z"


def recorded(*moves: tuple[int | None, int | None], days: tuple[int, ...] = ()) -> list[Event]:
    """The events of these moves, one a day from the first day on, each after the one before."""
    events: list[Event] = []
    for number, (before, after) in enumerate(moves):
        change = RecordEvent(None if after is None else 0, "champion", before, after, None)
        previous = find_previous("champion", before, events)
        at = day(days[number] if days else number + 1)
        events.append(change.with_previous(previous).to_event(at))
    return events


def model(events: list[Event], now: int | None) -> ObservedModel:
    numbers = (1, 2, 3)
    return ObservedModel(
        "mnist",
        versions=tuple(
            ObservedVersion(
                number,
                f"sha256:{number}",
                aliases=("champion",) if number == now else (),
                events=tuple(event for event in events if event.holder == number),
            )
            for number in numbers
        ),
    )


def moves_of(events: list[Event], now: int | None) -> list[tuple[int | None, int | None, str]]:
    return [(move.source, move.target, move.state) for move in list_moves(model(events, now))]


@pytest.mark.parametrize(
    ("events", "now", "expected"),
    [
        (recorded(), None, []),
        (recorded(), 2, [(None, 2, "outside")]),
        (recorded((None, 1)), 1, [(None, 1, "made")]),
        (recorded((None, 1)), None, [(None, 1, "not-completed")]),
        (recorded((None, 1)), 2, [(None, 1, "made"), (1, 2, "outside")]),
        (recorded((2, 1)), 1, [(None, 2, "outside"), (2, 1, "made")]),
        (
            recorded((None, 1), (1, 2), (3, 1)),
            1,
            [(None, 1, "made"), (1, 2, "made"), (2, 3, "outside"), (3, 1, "made")],
        ),
        (
            recorded((None, 1), (1, 2), (1, 2)),
            2,
            [(None, 1, "made"), (1, 2, "not-completed"), (1, 2, "made")],
        ),
        (
            recorded((None, 1), (1, None), (None, 1)),
            1,
            [(None, 1, "made"), (1, None, "made"), (None, 1, "made")],
        ),
        (
            recorded((None, 1), (1, None)),
            2,
            [(None, 1, "made"), (1, None, "made"), (None, 2, "outside")],
        ),
        (  # the second run saw the first one's event, and not its move yet: it was refused
            recorded((None, 1), (None, 2)),
            1,
            [(None, 1, "made"), (None, 2, "not-completed")],
        ),
        (
            recorded((None, 1), (1, 2), (1, 3), (2, 3)),
            3,
            [(None, 1, "made"), (1, 2, "made"), (1, 3, "not-completed"), (2, 3, "made")],
        ),
        (
            recorded((None, 1), (1, 2), (1, 3)),
            3,
            [(None, 1, "made"), (1, 2, "not-completed"), (1, 3, "made")],
        ),
        (  # where no run could see it, somebody moved the alias there
            recorded((None, 1), (1, 2), (3, 1)),
            2,
            [
                (None, 1, "made"),
                (1, 2, "made"),
                (2, 3, "outside"),
                (3, 1, "made"),
                (1, 2, "outside"),
            ],
        ),
    ],
)
def test_the_moves_of_an_alias(
    events: list[Event],
    now: int | None,
    expected: list[tuple[int | None, int | None, str]],
) -> None:
    assert moves_of(events, now) == expected
    assert moves_of(events[::-1], now) == expected


def test_the_chain_counts_and_not_the_clocks() -> None:
    events = recorded((None, 1), (1, 2), (2, 3), days=(20, 5, 10))
    assert moves_of(events, 3) == [(None, 1, "made"), (1, 2, "made"), (2, 3, "made")]


def test_who_loses_a_race_has_moved_nothing() -> None:
    first = recorded((None, 1))
    won, lost = (
        RecordEvent(0, "champion", 1, target, None).with_previous(first[0].key).to_event(day(at))
        for target, at in ((2, 3), (3, 2))
    )
    events = [*first, won, lost]
    expected = [(None, 1, "made"), (1, 3, "not-completed"), (1, 2, "made")]
    assert moves_of(events, 2) == expected


def test_a_version_that_is_gone_takes_its_events_along() -> None:
    events = [event for event in recorded((None, 1), (1, 2), (2, 3)) if event.holder != 2]
    assert moves_of(events, 3) == [(None, 1, "made"), (1, 2, "outside"), (2, 3, "made")]


@pytest.mark.parametrize(
    ("at", "version", "others"),
    [
        (day(1), 1, ()),
        (day(2), 2, (3,)),  # from this moment on, somebody may have moved it
        (day(3), 2, (3,)),
        (day(5), 1, (2,)),
        (day(9), 1, (2,)),
        (NOW, 2, ()),
    ],
)
def test_where_an_alias_pointed(at: str, version: int, others: tuple[int, ...]) -> None:
    events = recorded((None, 1), (1, 2), (3, 1), days=(1, 2, 5))
    moves = list_moves(model(events, 2))
    (position,) = find_positions(moves, at, NOW)
    assert (position.version, position.others) == (version, others)


@pytest.mark.parametrize(
    ("at", "version", "others"),
    [
        (day(1), 1, ()),
        (day(2), 1, (2,)),  # the move to 2 may have been made, and undone by hand
        (day(3), 3, ()),
        (day(4), 3, (1,)),
        (NOW, 3, ()),  # now everybody can see where it points
    ],
)
def test_a_move_that_may_have_been_undone_leaves_a_doubt(
    at: str, version: int, others: tuple[int, ...]
) -> None:
    moves = list_moves(model(recorded((None, 1), (1, 2), (1, 3), (3, 1)), 3))
    (position,) = find_positions(moves, at, NOW)
    assert (position.version, position.others) == (version, others)


def test_a_move_that_lost_a_race_leaves_no_doubt() -> None:
    lost = RecordEvent(0, "champion", 1, 3, None).with_previous(recorded((None, 1))[0].key)
    events = [*recorded((None, 1), (1, 2)), lost.to_event(day(4))]
    (position,) = find_positions(list_moves(model(events, 2)), day(5), NOW)
    assert (position.version, position.others) == (2, ())


def test_before_its_first_move_an_alias_is_nowhere() -> None:
    assert find_positions(list_moves(model(recorded((None, 1)), 1)), "2026-09-30", NOW) == ()
    removed = list_moves(model(recorded((None, 1), (1, None)), None))
    assert [p.version for p in find_positions(removed, day(9), NOW)] == [None]


def test_one_alias_or_all() -> None:
    other = RecordEvent(0, "other", None, 2, None).to_event(day(1))
    both = model([*recorded((None, 1)), other], 1)
    assert [move.alias for move in list_moves(both)] == ["champion", "other"]
    assert [move.alias for move in list_moves(both, "other")] == ["other"]

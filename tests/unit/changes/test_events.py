"""The chain of an alias's events: which one the next event follows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from registrar.changes.events import EventContext, RecordEvent, find_previous, keep_verdicts
from registrar.verdicts import Verdict
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from registrar.events import Event

AT = "2026-11-24T12:52:03.120Z"


def chain(*moves: tuple[int | None, int | None], at: str = AT) -> list[Event]:
    """The events of these moves of one alias, each after the last one."""
    events: list[Event] = []
    for before, after in moves:
        entry = None if after is None else 0
        change = RecordEvent(entry, "champion", before, after, "sha256:1")
        previous = find_previous("champion", before, events)
        events.append(change.with_previous(previous).to_event(at))
    return events


@pytest.mark.parametrize(
    "moves",
    [
        [(None, 1), (1, 2), (2, 1), (1, 2), (2, 1)],
        [(None, 1), (1, None), (None, 1), (1, None), (None, 1)],
        [(1, 2), (1, 2), (1, 2)],  # never completed, or undone by hand
        [(1, 2), (2, 3), (1, 2), (2, 3), (1, 2)],  # moved back by hand each time
        [(2, 1), (3, 1), (2, 1), (3, 1)],
    ],
)
def test_no_two_moves_have_the_same_key_and_each_names_the_one_before(
    moves: list[tuple[int | None, int | None]],
) -> None:
    events = chain(*moves)
    keys = [event.key for event in events]
    assert len(set(keys)) == len(moves)
    assert [event.previous for event in events] == [None, *keys[:-1]]


def test_any_moves_have_keys_of_their_own_whatever_the_clocks_say(*, exhaustive: bool) -> None:
    for seed in range(2000 if exhaustive else 50):
        chance = random.Random(seed)
        events: list[Event] = []
        for _ in range(12):
            before, after = chance.sample([None, 1, 2, 3], 2)
            at = f"2026-11-{chance.randint(10, 28)}T00:00:00.000Z"
            entry = None if after is None else 0
            change = RecordEvent(entry, "champion", before, after, "sha256:1")
            previous = find_previous("champion", before, events)
            event = change.with_previous(previous).to_event(at)
            assert event.key not in {known.key for known in events}
            assert (event.previous is None) == (not events)
            events.append(event)


def test_an_alias_follows_its_own_events_alone() -> None:
    assert find_previous("other", 1, chain((None, 1))) is None
    assert find_previous("champion", 7, chain((None, 1))) == chain((None, 1))[0].key


def test_the_event_says_what_the_execution_knows() -> None:
    verdict = Verdict(
        "champion",
        0,
        "metric",
        "accuracy",
        "holds",
        1,
        {"min": 0.95},
        None,
        Measurement(0.969, "test"),
    )
    waived = Verdict("champion", 0, "rule", "floor", "allowed", reasons=("too low",))
    other = Verdict("other", 0, "rule", "floor", "allowed")
    of_version = Verdict(None, 0, "rule", "owner", "warns")
    elsewhere = Verdict(None, 1, "rule", "owner", "warns")
    judged = [verdict, waived, other, of_version, elsewhere]
    verdicts, names = keep_verdicts("champion", 0, judged)
    assert names == ("floor",)
    assert [set(kept) for kept in verdicts] == [
        {"kind", "name", "state", "demands", "after"},
        {"kind", "name", "state", "reasons"},
        {"kind", "name", "state"},
    ]
    context = EventContext(None, {"user": "ann"}, "sha256:c", verdicts, names)
    event = RecordEvent(0, "champion", 1, 2, "A").with_context(context).to_event(AT)
    assert (event.by, event.checksum, event.verdicts) == ({"user": "ann"}, "sha256:c", verdicts)
    assert (event.source, event.target, event.waived, event.at) == (1, 2, ("floor",), AT)

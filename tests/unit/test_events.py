"""Events: their key, their text in a tag, and tags that somebody has spoilt."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from registrar.events import EVENT_PREFIX, Event, event_key, parse_event
from registrar.registry.own_tags import parse_events

AT = "2026-11-24T12:52:03.120Z"
KEY = event_key("champion", 1, 2, "sha256:4f8a", None)
EVENT = Event(
    KEY,
    "champion",
    1,
    2,
    "sha256:4f8a",
    AT,
    by={"ci": "github", "user": "ann"},
    checksum="sha256:c0",
    verdicts=({"kind": "metric", "name": "accuracy", "state": "holds"},),
    waived=("floor",),
)


def test_the_key_tells_moves_apart_and_nothing_else() -> None:
    moves: list[tuple[Any, ...]] = [
        ("champion", 1, 2, "sha256:4f8a", None),
        ("other", 1, 2, "sha256:4f8a", None),
        ("champion", None, 2, "sha256:4f8a", None),
        ("champion", 1, None, "sha256:4f8a", None),
        ("champion", 1, 2, None, None),
        ("champion", 1, 2, "sha256:4f8a", KEY),
    ]
    keys = [event_key(*move) for move in moves]
    assert len(set(keys)) == len(moves)
    assert all(key.startswith(EVENT_PREFIX) and len(key) == len(EVENT_PREFIX) + 16 for key in keys)
    assert event_key(*moves[0]) == KEY


def test_an_event_is_read_as_it_was_written() -> None:
    assert parse_event(KEY, EVENT.to_text()) == EVENT
    assert json.loads(EVENT.to_text()) == {
        "alias": "champion",
        "from": 1,
        "to": 2,
        "digest": "sha256:4f8a",
        "at": AT,
        "by": {"ci": "github", "user": "ann"},
        "checksum": "sha256:c0",
        "verdicts": [{"kind": "metric", "name": "accuracy", "state": "holds"}],
        "waived": ["floor"],
        "previous": None,
    }


def test_waived_rules_that_are_too_many_are_counted() -> None:
    names = tuple(f"rule-{'x' * 90}-{number:03}" for number in range(60))

    text = replace(EVENT, waived=names, verdicts=()).to_text()

    event = parse_event(KEY, text)
    assert event is not None
    *kept, last = event.waived
    assert 4900 <= len(text) <= 5000
    assert (tuple(kept), last) == (names[: len(kept)], f"and {60 - len(kept)} more")


def test_verdicts_that_are_too_long_are_kept_as_their_hash() -> None:
    long = replace(EVENT, verdicts=tuple({"name": f"m{n}", "x": "y" * 90} for n in range(50)))
    text = long.to_text()
    assert len(text) < 1000
    event = parse_event(KEY, text)
    assert event is not None
    assert event.verdicts == ()
    assert (event.verdicts_digest or "").startswith("sha256:")
    assert event.to_text() == text


@pytest.mark.parametrize(
    "changes",
    [
        {"to": 3},
        {"from": True},
        {"to": -1},
        {"to": 10**18},
        {"at": "yesterday"},
        {"at": None},
        {"at": "0001-01-01T00:00:00+23:59"},
        {"alias": ["champion"]},
        {"by": ["ann"]},
        {"by": {"user": 1}},
        {"verdicts": 7},
        {"verdicts": ["x"]},
        {"waived": [1]},
        {"previous": KEY},
        {"digest": 1},
    ],
    ids=str,
)
def test_a_tag_that_somebody_has_spoilt_is_no_event(changes: dict[str, Any]) -> None:
    assert parse_event(KEY, json.dumps(json.loads(EVENT.to_text()) | changes)) is None


@pytest.mark.parametrize("value", ["1e999", "NaN", "-Infinity", "[" * 101 + "]" * 101])
def test_what_nobody_could_write_again_as_json_spoils_a_tag(value: str) -> None:
    text = EVENT.to_text().replace('"accuracy"', value)
    assert value in text
    assert parse_event(KEY, text) is None


@pytest.mark.parametrize("text", ["", "[]", "7", "null", "{", "[" * 99_999, '"x"', "NaN"])
def test_any_text_may_stand_in_the_tag(text: str) -> None:
    assert parse_event(KEY, text) is None


def test_an_event_counts_only_on_its_own_version_and_under_its_own_key() -> None:
    tags = {KEY: EVENT.to_text(), "lr": "1"}
    other_key = f"{KEY[:-1]}x"
    assert parse_events(tags, 2) == ((EVENT,), ())
    assert parse_events(tags, 1) == ((), (KEY,))
    assert parse_events({other_key: EVENT.to_text()}, 2) == ((), (other_key,))
    assert parse_events({**tags, other_key: "{"}, 2) == ((EVENT,), (other_key,))
    removal = replace(
        EVENT, key=event_key("champion", 1, None, "sha256:4f8a", None), target=None, at=AT
    )
    assert parse_events({removal.key: removal.to_text()}, 1) == ((removal,), ())

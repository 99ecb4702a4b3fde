"""What `history` prints: moves, breaks, positions, and texts that somebody else may have written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registrar.changes.events import EventContext, RecordEvent, find_previous
from registrar.changes.history import find_positions, list_moves
from registrar.report import Report
from registrar.report.render import render
from registrar.report.results import AliasHistory, History
from registrar.state import ObservedModel, ObservedVersion, Server
from tests.support.report_schema import check_document

if TYPE_CHECKING:
    from registrar.events import Event

URI = "sqlite:///mlflow.db"
NOW = "2026-12-31T00:00:00.000Z"
VERDICT = {
    "kind": "metric",
    "name": "accuracy",
    "state": "holds",
    "demands": {"min": 0.95, "dataset": "test"},
    "before": {"value": 0.961, "dataset": "test"},
    "after": {"value": 0.969, "dataset": "test"},
}
WAIVED = {"kind": "rule", "name": "floor", "state": "allowed", "demands": {"level": "refuse"}}
CI = {"ci": "github", "ci_run": "https://github.com/we/models/actions/runs/812", "user": "ann"}


def history(*events: Event, now: int | None, at: str | None = None) -> Report:
    versions = tuple(
        ObservedVersion(
            number,
            f"sha256:{number}" + "0" * 63,
            aliases=("champion",) if number == now else (),
            events=tuple(event for event in events if event.holder == number),
        )
        for number in (1, 2, 3)
    )
    moves = list_moves(ObservedModel("mnist", versions=versions))
    model = AliasHistory("mnist", moves, find_positions(moves, at or NOW, NOW))
    return Report("history", payload=History(Server(URI, URI), (model,), at))


def chain(*moves: tuple[int | None, int | None, EventContext]) -> list[Event]:
    events: list[Event] = []
    for day, (before, after, context) in enumerate(moves, 1):
        digest = f"sha256:{after or before}" + "0" * 63
        change = RecordEvent(None if after is None else 0, "champion", before, after, digest)
        previous = find_previous("champion", before, events)
        change = change.with_context(context).with_previous(previous)
        events.append(change.to_event(f"2026-11-{day:02}T12:52:00.000Z"))
    return events


def test_the_latest_move_comes_first_and_a_break_says_what_it_rests_on() -> None:
    by_ci = EventContext(None, CI, "sha256:c0", (VERDICT, WAIVED), ("floor",))
    events = chain(
        (None, 1, EventContext(None, {"user": "bob", "git_commit": "c0ffee" * 4})),
        (1, 2, by_ci),
        (3, 1, EventContext()),
    )
    report = history(*events, now=1)
    assert render(report, "text").splitlines() == [
        "mnist",
        "WHEN                    ALIAS     VERSION    DIGEST                  BY                        WHY",
        "2026-11-03 12:52        champion  3 -> 1     sha256:100000000000...  registrar",
        (
            "after 2026-11-02 12:52  champion  2 -> 3     sha256:300000000000...  not by registrar          "
            "the next event starts from 3"
        ),
        (
            "2026-11-02 12:52        champion  1 -> 2     sha256:200000000000...  run 812 (github)          "
            "accuracy 0.961 -> 0.969 on test, min 0.95; rule floor fails, and is allowed; waived: floor"
        ),
        "2026-11-01 12:52        champion  none -> 1  sha256:100000000000...  bob, commit c0ffeec0ffee",
        "",
        f"4 moves at {URI}.",
    ]
    markdown = render(report, "markdown")
    assert "| WHEN | ALIAS | VERSION | DIGEST | BY | WHY |" in markdown
    document = report.to_dict()
    check_document(document)
    moves = document["models"][0]["moves"]
    assert [move["state"] for move in moves] == ["made", "made", "outside", "made"]
    assert (moves[2]["after"], moves[2]["before"]) == (moves[1]["at"], moves[3]["at"])
    assert (moves[1]["by"], moves[1]["verdicts"], moves[1]["waived"]) == (
        CI,
        [VERDICT, WAIVED],
        ["floor"],
    )
    assert moves[1]["previous"] == moves[0]["event"]


def test_at_a_time_each_alias_has_one_row() -> None:
    events = chain(
        (None, 1, EventContext(None, CI)), (2, 3, EventContext()), (3, None, EventContext())
    )
    at = "2026-11-01T20:00:00.000Z"
    report = history(*events, now=None, at=at)
    assert render(report, "text").splitlines() == [
        "mnist",
        "ALIAS     VERSION  DIGEST                  SINCE             BY                WHY",
        (
            "champion  1 or 2   sha256:100000000000...  2026-11-01 12:52  run 812 (github)  "
            "moved outside registrar at an unknown time"
        ),
        "",
        f"1 alias at {URI}, as of {at}.",
    ]
    check_document(report.to_dict())
    doubt = history(*chain((None, 1, EventContext()), (1, 2, EventContext())), now=1, at=NOW[:-1])
    assert (
        "champion  1 or 2   sha256:100000000000...  2026-11-01 12:52  registrar  "
        "a move was not completed, or undone outside registrar, at an unknown time"
    ) in render(doubt, "text").splitlines()
    assert "champion  none     " in render(history(*events, now=None, at=NOW), "text")


def test_what_others_wrote_is_text() -> None:
    nasty = "\x1b[31m<script>|`" + "\u202e"
    context = EventContext(
        None,
        {"user": nasty, "ci_run": f"https://ann:secret@host/{nasty}", "git_commit": nasty},
        nasty,
        (
            {"name": nasty, "state": [nasty], "demands": {nasty: [nasty]}, "after": nasty},
            {"name": [1], "demands": 7, "before": {"value": {}}, "after": {"value": nasty}},
        ),
        (nasty,),
    )
    report = history(*chain((None, 1, context)), now=1)
    for output in ("text", "markdown", "json"):
        text = render(report, output)
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "secret" not in render(report, "text")
    check_document(json.loads(render(report, "json")))

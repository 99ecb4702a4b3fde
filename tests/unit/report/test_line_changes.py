"""A text of several lines changes: the lines that differ, and those around them."""

from __future__ import annotations

import pytest

from registrar.report import render
from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion, Source
from tests.unit.report.samples import DIGEST, plan_of, report


def test_long_texts_differ_by_lines() -> None:
    before = "Random forest.\nTrained weekly.\nOwner: vision.\nMore.\n"
    was = ObservedVersion(1, DIGEST, "m", None, before, {}, (), ())
    after = before.replace("weekly", "daily")
    declared = DesiredVersion(Source("m", DIGEST), description=after)
    desired = DesiredModel("mnist", versions=(declared,))
    text = render(report("plan", plan_of(desired, ObservedModel("mnist", versions=(was,)))), "text")
    assert text.splitlines()[1:7] == [
        "  ~ version 1         description",
        "        Random forest.",
        "      - Trained weekly.",
        "      + Trained daily.",
        "        Owner: vision.",
        "      ...",
    ]


def test_a_change_of_the_line_end_alone_is_seen() -> None:
    was = ObservedVersion(1, DIGEST, "m", None, "a\nb", {}, (), ())
    declared = DesiredVersion(Source("m", DIGEST), description="a\nb\n")
    desired = DesiredModel("mnist", versions=(declared,))
    text = render(report("plan", plan_of(desired, ObservedModel("mnist", versions=(was,)))), "text")
    assert text.splitlines()[1] == r'  ~ version 1         description  "a\nb" -> "a\nb\n"'


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a", "a\nb", ["  a", "+ b"]),
        ("a\nb", "", ["- a", "- b"]),
        ("1\n2\n3\n4", "1\n2\n3\n5", ["...", "  3", "- 4", "+ 5"]),
        ("1\n2\n3\n4\n5", "0\n2\n3\n4\n6", ["- 1", "+ 0", "  2", "...", "  4", "- 5", "+ 6"]),
    ],
)
def test_dots_stand_for_lines_that_are_left_out(before: str, after: str, lines: list[str]) -> None:
    was = ObservedVersion(1, DIGEST, "m", None, before, {}, (), ())
    declared = DesiredVersion(Source("m", DIGEST), description=after)
    desired = DesiredModel("mnist", versions=(declared,))
    text = render(report("plan", plan_of(desired, ObservedModel("mnist", versions=(was,)))), "text")
    assert text.splitlines()[1:-2] == [
        "  ~ version 1         description",
        *(f"      {line}" for line in lines),
    ]

"""Where reports go: what a composed configuration says of it counts as far as it is valid."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.config.schema import load_schema
from registrar.destination import LEAST, Destination


@pytest.mark.parametrize(
    ("limit", "used"), [(70_000, 70_000), (LEAST, LEAST), (300, None), ("many", None), (None, None)]
)
def test_a_limit_that_is_refused_does_not_hide_its_own_problem(limit: Any, used: Any) -> None:
    assert Destination().with_config({"report": {"limit": limit}}).limit == used


def test_the_least_limit_is_that_of_the_schema() -> None:
    report = load_schema("config.json")["properties"]["report"]["properties"]
    assert report["limit"]["minimum"] == LEAST


def test_a_format_that_does_not_exist_leaves_that_of_the_command_line() -> None:
    line = Destination(output="json")
    assert line.with_config({"output": "pdf", "report": None}).output == "json"
    assert line.with_config({"output": "markdown"}).output == "markdown"

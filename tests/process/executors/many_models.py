"""The models that the tests of executors register."""

from __future__ import annotations

from typing import Any

from tests.support.registry_snapshot import content

COUNT = 8


def names() -> list[str]:
    return [f"m-{number:02}" for number in range(COUNT)]


def assert_all_once(client: Any) -> None:
    for name in names():
        found = content(client, name)
        assert (list(found["versions"]), found["aliases"]) == ([1], {"champion": 1}), name

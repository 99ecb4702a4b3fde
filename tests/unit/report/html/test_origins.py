"""Where a promoted version comes from: in words, with links to servers alone."""

from __future__ import annotations

import json

import pytest

from registrar.report.html.origins import list_origins

DEV = {"registry": "https://user:x@dev.test", "name": "digits", "version": 3, "digest": "sha256:1"}
SHOWN = ("digits, version 3, on https://dev.test", "https://dev.test/#/models/digits/versions/3")


@pytest.mark.parametrize(
    ("hops", "places"),
    [
        ([DEV], [SHOWN]),
        (
            [{"registry": "sqlite:///a.db", "uri": "runs:/1/model"}, DEV],
            [SHOWN, ("runs:/1/model on sqlite:///a.db", None)],
        ),
    ],
)
def test_places_are_told_from_the_newest_on(hops: object, places: object) -> None:
    assert [*list_origins(json.dumps(hops))] == places


@pytest.mark.parametrize(
    "text", ["x", "[]", "1", "[1]", "{}", '[{"registry": 1}]', '[{"registry": "a"}]', "[" * 9000]
)
def test_another_text_is_shown_unchanged(text: str) -> None:
    assert [*list_origins(text)] == [(text, None)]


def test_an_address_that_is_none_is_no_link() -> None:
    hop = {**DEV, "registry": "javascript:alert(1)"}
    ((_, link),) = list_origins(json.dumps([hop]))
    assert link is None

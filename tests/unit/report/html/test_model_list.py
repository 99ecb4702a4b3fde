"""The list of models over several pages: their sizes, their links, and what the filter knows of others."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.report.html.index_page import describe_row
from registrar.report.html.list_pages import split_list
from registrar.report.html.model_list import write_list, write_list_page
from registrar.report.html.other_models import list_known_models
from registrar.report.html.page_templates import Templates
from registrar.report.html.places import folder_of
from registrar.report.html.shown import count_bytes, fit
from registrar.text import printable
from tests.unit.report.html.samples import catalogued, hostile, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.report.html.index_page import IndexRow

MOST = 300_000
CONTEXT = {"server": "http://mlflow.test", "made": None, "notes": (), "is_linked": True}
SUMMARY = "Scores the events of the last ninety days for the dashboards of the team, every night"
# Letters of one to four bytes, those that HTML and JSON escape, and some that nobody can see.
ODD = (
    "a",
    "<",
    "&",
    '"',
    "'",
    "\\",
    "é",
    "語",
    "🎈",
    "\u200b",
    "\U000e0001",
    "\ud800",
    "]]>",
    "##[x]",
)


def pages(rows: Sequence[IndexRow]) -> dict[str, str]:
    return dict(write_list(rows, len(rows), CONTEXT, Templates(str)))


def links(text: str) -> list[str]:
    """The folders of the models in the table."""
    return re.findall(r'<th scope=row><a href="(models/[^/]+)/index.html">', text)


def known(text: str) -> list[tuple[str, str, set[str]]]:
    """The name, the folder and the words of each model that the filter of a page knows."""
    (block,) = re.findall(r"<script type=.application/json. data-models [^>]*>(.*?)</script>", text)
    return decode(json.loads(block))


def decode(document: dict[str, Any]) -> list[tuple[str, str, set[str]]]:
    models, before = [], ""
    for place, entry in enumerate(document["names"]):
        coded, *folder = [entry] if isinstance(entry, str) else entry
        before = before[: int(coded[0], 36)] + coded[1:]
        words = document["words"][place] if document["words"] else ()
        name = folder[0] if folder else before
        models.append((before, f"models/{name}", {document["texts"][index] for index in words}))
    return models


def thousand(count: int) -> list[IndexRow]:
    tags = (("team: vision", "tier: 1"), ("team: risk",))
    return [
        listed(f"model-{number:05}", summary=SUMMARY, owner="vision", tags=tags[number % 2])
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.exhaustive)])
def test_each_model_is_on_one_page_and_found_from_all(count: int) -> None:
    rows = thousand(count)
    site = pages(rows)
    assert [*site][:2] == ["index.html", "models-2.html"]
    assert max(len(text.encode()) for text in site.values()) < MOST
    assert [link for text in site.values() for link in links(text)] == [
        f"models/{row.folder}" for row in rows
    ]
    for file, text in site.items():
        assert text.count('aria-current="page"><bdi>') == 1
        assert {*re.findall(r'href="((?:index|models-\d+)\.html)"', text)} >= {*site} - {file}
        assert [(name, folder) for name, folder, _ in known(text)] == [
            (row.name, f"models/{row.folder}") for row in rows
        ]
    assert known(site["index.html"])[1][2] == {"vision", "team: risk"}
    assert "by name, alias, owner and tag. The headings sort this page." in site["index.html"]


def test_a_short_list_is_one_page_without_links() -> None:
    (page,) = pages(thousand(300)).values()
    whole = write_list_page(thousand(1000), 1000, CONTEXT, Templates(str))
    for text in (page, whole):
        assert "list-pages" not in text
        assert "data-models" not in text
        assert text.count("sha256-") == 2
    assert len(links(whole)) == 1000


@pytest.mark.parametrize(
    ("text", "times", "count"),
    [
        ("".join(ODD), 100, 80),
        ("".join(ODD), 2, 300),
        *(pytest.param(text, 2000, 300, marks=pytest.mark.exhaustive) for text in ODD),
        *(pytest.param(text, 100, 300, marks=pytest.mark.exhaustive) for text in ODD),
    ],
)
def test_no_text_of_others_makes_a_page_too_large(text: str, times: int, count: int) -> None:
    models = [hostile(f"{text * times}{number:05}") for number in range(count)]
    rows = [describe_row(model, str) for model in models]
    site = pages(rows)
    assert len(site) > 1
    assert max(len(page.encode()) for page in site.values()) < MOST
    assert [link for page in site.values() for link in links(page)] == [
        folder_of(model.model.name, str) for model in models
    ]
    for page in site.values():
        is_known = "searches this page only" not in page
        assert page.count("<script") == page.count("</script") == (3 if is_known else 1)
        assert not is_known or [name for name, _, _ in known(page)] == [
            printable(row.name) for row in rows
        ]
        assert "\u200b" not in page


@pytest.mark.parametrize("count", [6, 7, 100, 101, 1000])
def test_links_stay_few_and_lead_everywhere(count: int) -> None:
    rows = [listed(f"{'<' * 100}{number}") for number in range(count)]
    parts = [*split_list(rows, [1] * count, 1)]
    assert len({part.this.file for part in parts}) == count
    for part in parts:
        assert part.this in part.links
        assert count_bytes(part.this.first) <= 72
        assert part.this.first.endswith(rows[part.rows[0]].name[-5:])
        assert len(part.links) <= 101
        assert count > 100 or len(part.links) == count
    reached = {parts[0].this}
    for _ in range(3 if count > 100 else 1):
        reached |= {link for part in parts if part.this in reached for link in part.links}
    assert reached == {part.this for part in parts}


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(-5, 120))
def test_a_list_is_split_by_size(sizes: list[int], room: int) -> None:
    parts = [*split_list([listed(str(place)) for place in range(len(sizes))], sizes, room)]
    assert [place for part in parts for place in part.rows] == [*range(len(sizes))]
    assert all(len(part.rows) == 1 or sum(sizes[i] for i in part.rows) <= room for part in parts)
    assert [part.before for part in parts] == [None, *(part.this for part in parts[:-1])]
    assert [part.after for part in parts] == [*(part.this for part in parts[1:]), None]


@pytest.mark.parametrize(
    ("name", "tag", "owner", "keys"),
    [
        ("model-{}", "team: vision", "vision", "name, alias, owner and tag"),
        ("model-{}", "ticket: {}" + "x" * 50, "vision", "name, alias and owner"),
        ("model-{}", "ticket: {}", "{}" + "x" * 60, "name"),
        ("{}" + "x" * 60, "team: vision", "vision", None),
    ],
)
def test_the_filter_knows_what_there_is_room_for(
    name: str, tag: str, owner: str, keys: str | None
) -> None:
    rows = [
        listed(name.format(number), owner=owner.format(number), tags=(tag.format(number),))
        for number in range(3000)
    ]
    found = list_known_models(rows)
    assert (found and found.keys) == keys
    assert found is None or len(found.document.encode()) <= 160_000
    if found is None:
        site = pages(rows)
        assert all("searches this page only" in page for page in site.values())
        assert not any("data-models" in page for page in site.values())


@given(st.lists(st.text(max_size=50), min_size=1, max_size=8))
def test_the_list_gives_back_every_name(names: list[str]) -> None:
    rows = [describe_row(catalogued(1, {}, name=name), str) for name in names]
    found = list_known_models(rows)
    assert found is not None
    assert not {*"<>&"} & {*found.document}
    assert [folder for _, folder, _ in decode(json.loads(found.document))] == [
        folder_of(name, str) for name in names
    ]


def test_a_row_is_found_by_all_its_aliases() -> None:
    aliases = {f"alias-{number}": 1 for number in range(9)}
    page = pages([describe_row(catalogued(1, aliases), str)])["index.html"]
    assert "and 5 more" in page
    assert 'data-words="alias-4 alias-5 alias-6 alias-7 alias-8"' in page


@given(st.text(st.sampled_from("".join(ODD))), st.integers(3, 60))
def test_a_text_fits(text: str, most: int) -> None:
    short = fit(text, most, str)
    assert count_bytes(short) <= most
    assert short == text or text.startswith(short.removesuffix("…"))
    assert html.unescape(short) is not None

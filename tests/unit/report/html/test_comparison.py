"""Two versions side by side: every difference is told, and what nobody knows is not called the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from registrar.report.html.comparison import collect_facts, compare_versions
from registrar.report.html.model_page import describe_model
from tests.unit.report.html.samples import catalogue, catalogued

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.report.html.comparison import Comparison

UNKNOWN = "Files are not compared: those of {} are not known."


def compare(model: CataloguedModel, before: int, after: int) -> Comparison:
    versions = model.model.versions
    facts = {v.number: collect_facts(model, v, {}, str) for v in versions}
    return compare_versions(before, after, facts, len(versions))


def rows(comparison: Comparison, group: str) -> list[tuple[str, str, str]]:
    return [(d.name, d.before, d.after) for d in comparison.differences if d.group == group]


def with_files(
    files: Mapping[int, Mapping[str, str]], *, same_digest: bool = False
) -> CataloguedModel:
    model = catalogued(3, files=files)
    if not same_digest:
        return model
    versions = tuple(replace(v, digest="sha256:1", tags={}) for v in model.model.versions)
    return replace(model, model=replace(model.model, versions=versions))


def test_files_are_compared_by_their_digests() -> None:
    one, two = "1" * 64, "2" * 64
    model = with_files(
        {1: {"MLmodel": one, "a": one, "b": one}, 2: {"MLmodel": one, "a": two, "c": one}}
    )
    found = compare(model, 1, 2)
    short = "sha256:111111111111..."
    assert rows(found, "Files") == [
        ("a", short, short.replace("1111", "2222")),
        ("c", "", short),
        ("b", short, ""),
    ]
    assert found.unknown == ""


@pytest.mark.parametrize(
    ("files", "same_digest", "unknown"),
    [
        ({1: {"a": "1"}}, False, UNKNOWN.format("version 2")),
        ({2: {"a": "1"}}, False, UNKNOWN.format("version 1")),
        ({}, False, UNKNOWN.format("versions 1 and 2")),
        ({}, True, ""),
        ({1: {"a": "1"}}, True, ""),
    ],
)
def test_unknown_files_are_not_called_the_same(
    files: Mapping[int, Mapping[str, str]], same_digest: bool, unknown: str
) -> None:
    found = compare(with_files(files, same_digest=same_digest), 1, 2)
    assert rows(found, "Files") == []
    assert found.unknown == unknown


def test_a_page_says_that_files_are_not_known() -> None:
    page = describe_model(catalogued(2, files={}), catalogue().server, str)
    assert page.comparison is not None
    assert page.comparison.unknown == UNKNOWN.format("versions 1 and 2")


@pytest.mark.parametrize("last", ["changed", "added"])
def test_a_difference_beyond_the_entries_that_are_shown_is_told(last: str) -> None:
    old = {f"part-{index:04}": "1" * 64 for index in range(500)}
    new = {**old, "part-0499": "2" * 64} if last == "changed" else {**old, "part-0500": "1" * 64}
    ((name, before, after),) = rows(compare(with_files({1: old, 2: new}), 1, 2), "Files")
    assert name == "(others)"
    assert before.startswith("400 more")
    assert before != after


def test_long_values_that_begin_alike_are_not_called_the_same() -> None:
    model = catalogued(2)
    texts = {1: "x" * 5000 + "1", 2: "x" * 5000 + "2"}
    versions = tuple(replace(v, tags={"note": texts[v.number]}) for v in model.model.versions)
    found = compare(replace(model, model=replace(model.model, versions=versions)), 1, 2)
    ((_, before, after),) = rows(found, "Metadata")
    assert before != after
    assert "5,001 characters" in before


def test_equal_entries_of_versions_take_room_once() -> None:
    files = {f"part-{index:04}": f"{index:064}" for index in range(90)}
    model = catalogued(100, {}, files=dict.fromkeys(range(1, 101), files))
    found = compare(model, 99, 100)
    assert found.left_out == 0
    document = json.loads(found.facts)
    assert len(document["versions"]) == 100
    names = [name for group, name, _ in document["entries"] if group == "Files"]
    assert sorted(names) == sorted(files)


def test_the_two_versions_that_are_shown_can_be_chosen_in_a_large_model() -> None:
    files = {n: {f"{n}-{i}": f"{i:064}" for i in range(90)} for n in range(1, 41)}
    found = compare(catalogued(40, {}, files=files), 1, 40)
    chosen = {*map(int, json.loads(found.facts)["versions"])}
    assert {1, 40} <= chosen
    assert found.left_out == 40 - len(chosen) > 0

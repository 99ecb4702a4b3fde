"""The copy of a model that cannot be read any more is found by its lineage."""

from __future__ import annotations

import pytest

from registrar.changes.lineage import find_copy, is_copy_of, lineage_text
from registrar.state import ObservedModel, ObservedVersion
from registrar.upstream import Upstream
from registrar.uris import parse_uri

RUN = f"runs:/{'a' * 32}/model"
REGISTRY = "https://dev.example.org"
DIGEST = "sha256:" + "1" * 64
VERSION = Upstream("dev", REGISTRY, "models:/mnist/3", DIGEST, name="mnist", number=3)
RUN_MODEL = Upstream("dev", REGISTRY, RUN, "ref-sha256:" + "2" * 64, run_id="a" * 32)


@pytest.mark.parametrize(
    ("uri", "upstream", "registry", "expected"),
    [
        ("models:/mnist/3", VERSION, REGISTRY, True),
        ("models:/mnist@" + DIGEST[:20], VERSION, REGISTRY, True),
        (RUN, RUN_MODEL, REGISTRY, True),
        ("models:/mnist/4", VERSION, REGISTRY, False),
        ("models:/iris/3", VERSION, REGISTRY, False),
        ("models:/mnist@champion", VERSION, REGISTRY, False),  # it may have moved since
        ("models:/mnist@sha256:" + "3" * 12, VERSION, REGISTRY, False),
        ("models:/mnist/3", VERSION, "https://staging.example.org", False),
        (RUN.replace("model", "other"), RUN_MODEL, REGISTRY, False),
        ("models:/mnist/3", RUN_MODEL, REGISTRY, False),
        (RUN, VERSION, REGISTRY, False),
    ],
)
def test_the_last_place_of_a_lineage_tells(
    uri: str, upstream: Upstream, registry: str, expected: bool
) -> None:
    parsed = parse_uri(uri)
    assert parsed is not None
    version = ObservedVersion(1, DIGEST, lineage=lineage_text(upstream))
    assert is_copy_of(parsed, registry, version) is expected


@pytest.mark.parametrize(
    "lineage", [None, "", "{", "[]", "7", "[null]", '[{"registry": [1]}]', "[[]]", '[{"name": 1}]']
)
def test_a_spoilt_lineage_tells_nothing(lineage: str | None) -> None:
    uri = parse_uri("models:/mnist/3")
    assert not is_copy_of(uri, REGISTRY, ObservedVersion(1, DIGEST, lineage=lineage))


def test_a_copy_is_found_by_its_content_and_the_copy_of_a_reference_by_its_lineage() -> None:
    elsewhere = ObservedVersion(1, "sha256:" + "9" * 64, lineage=lineage_text(VERSION))
    by_hand = ObservedVersion(2, None)
    copies = tuple(ObservedVersion(n, DIGEST, lineage=lineage_text(RUN_MODEL)) for n in (5, 4))
    target = ObservedModel("m", versions=(*copies, elsewhere, by_hand))
    assert find_copy(VERSION, target) == copies[1]
    assert find_copy(RUN_MODEL, target) == copies[1]
    assert find_copy(VERSION, None) is None
    assert find_copy(VERSION, ObservedModel("m", versions=(elsewhere,))) is None

"""The version from a place that is gone is found by what the registry holds."""

from __future__ import annotations

import pytest

from registrar.changes.lost_versions import find_by_place
from registrar.state import Existing, ObservedVersion
from registrar.uris import parse_uri

RUN = "a" * 32
MODEL = "m-" + "b" * 32
DIGEST = "sha256:" + "1" * 64
ARTIFACTS = f"s3://store/1/{RUN}/artifacts"
LOGGED = f"s3://store/1/models/{MODEL}/artifacts"


@pytest.mark.parametrize(
    ("uri", "version", "expected"),
    [
        (f"runs:/{RUN}/model", ObservedVersion(1, source=f"{ARTIFACTS}/model"), True),
        (f"runs:/{RUN}/model", ObservedVersion(1, source=f"{ARTIFACTS}/other"), False),
        (f"runs:/{RUN}/model", ObservedVersion(1, source=f"runs:/{RUN}/model", run_id=RUN), True),
        (f"runs:/{'c' * 32}/model", ObservedVersion(1, source=f"{ARTIFACTS}/model"), False),
        (f"runs:/{RUN}/model", ObservedVersion(1, source=f"models:/{MODEL}", run_id=RUN), True),
        (f"models:/{MODEL}", ObservedVersion(1, source=f"models:/{MODEL}"), True),
        (f"models:/{MODEL}", ObservedVersion(1, source=LOGGED), True),
        (f"models:/{MODEL}", ObservedVersion(1, source="s3://b/m"), False),
        ("models:/iris/3", ObservedVersion(1, source="models:/iris/3"), True),
        ("models:/iris/3", ObservedVersion(1, source="models:/iris/4"), False),
        ("models:/iris/3", ObservedVersion(1, source="models:/wine/3"), False),
        ("models:/iris/3", ObservedVersion(1, source="s3://b/m"), False),
        (f"models:/iris@{DIGEST[:20]}", ObservedVersion(1, DIGEST, "models:/iris/3"), True),
        (f"models:/iris@{DIGEST[:20]}", ObservedVersion(1, "sha256:2", "models:/iris/3"), False),
        ("s3://b/m", ObservedVersion(1, source="s3://b/m/"), True),
        ("s3://b/m", ObservedVersion(1, source="s3://b/other"), False),
        (LOGGED, ObservedVersion(1, source=f"models:/{MODEL}"), True),
    ],
)
def test_a_version_came_from_the_place_that_its_source_names(
    uri: str, version: ObservedVersion, expected: bool
) -> None:
    parsed = parse_uri(uri)
    assert parsed is not None
    assert (find_by_place(Existing(place=parsed), parsed, [version]) is version) is expected


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        (Existing(models=(MODEL,)), True),
        (Existing(models=("m-" + "d" * 32,)), False),
        (Existing(others=(MODEL,)), False),
        (Existing(), True),
    ],
    ids=["meant", "another is meant", "not meant", "nobody knows"],
)
def test_a_logged_model_of_a_run_counts_if_it_may_be_meant(
    existing: Existing, expected: bool
) -> None:
    uri = parse_uri(f"runs:/{RUN}/model")
    assert uri is not None
    version = ObservedVersion(1, source=f"models:/{MODEL}", run_id=RUN)
    assert (find_by_place(existing, uri, [version]) is version) is expected


def test_of_several_versions_the_lowest_with_the_latest_content_is_found() -> None:
    uri = parse_uri("s3://b/m")
    assert uri is not None
    first, second, third = (
        ObservedVersion(number, digest, "s3://b/m")
        for number, digest in ((1, "sha256:old"), (2, "sha256:new"), (3, "sha256:new"))
    )
    by_hand = ObservedVersion(4, None, "s3://b/m")
    assert find_by_place(Existing(), uri, [third, first, second]) == second
    assert find_by_place(Existing(), uri, [first, second, by_hand]) == by_hand
    assert find_by_place(Existing(), uri, []) is None


def test_versions_of_several_places_tell_nothing() -> None:
    uri = parse_uri(f"runs:/{RUN}/model")
    assert uri is not None
    places = [f"models:/m-{letter * 32}" for letter in "de"]
    models = [ObservedVersion(n, source=place, run_id=RUN) for n, place in enumerate(places, 1)]
    assert find_by_place(Existing(), uri, models) is None
    folder = ObservedVersion(3, source=f"{ARTIFACTS}/model")
    assert find_by_place(Existing(), uri, [*models, folder]) == folder

"""References: their digest, and the URIs by which a version may have been declared."""

from __future__ import annotations

import pytest

from registrar.references import (
    digest_of_place,
    is_reference,
    logged_model_of_location,
    possible_digests,
    possible_uris,
    reference_digest,
    run_of_location,
)

RUN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("location", "run_id"),
    [
        (f"s3://b/1/{RUN}/artifacts/model", RUN),
        (f"mlflow-artifacts:/1/{RUN}/artifacts", RUN),
        (f"/mlruns/1/{RUN}/artifacts/", RUN),
        (f"/mlruns/1/{RUN}/artifactsx", None),
        ("/mlruns/1/models/m-1/artifacts", None),
    ],
)
def test_the_run_whose_artifacts_a_location_is_among(location: str, run_id: str | None) -> None:
    assert run_of_location(location) == run_id


@pytest.mark.parametrize(
    ("source", "run_id", "more", "uris"),
    [
        ("s3://B//k/", None, {}, ["s3://b/k"]),
        ("/a b", None, {}, ["/a b", "file:///a b", "file:///a%20b"]),
        (f"gs://b/{RUN}/artifacts/m/", RUN, {}, [f"runs:/{RUN}/m", f"gs://b/{RUN}/artifacts/m"]),
        (f"s3://b/{RUN}/artifacts", RUN, {}, [f"runs:/{RUN}/", f"s3://b/{RUN}/artifacts"]),
        (f"s3://b/{RUN}/artifacts/m", "another", {}, [f"s3://b/{RUN}/artifacts/m"]),
        ("models:/m-1", RUN, {"model_name": "best"}, [f"runs:/{RUN}/best", "models:/m-1"]),
        (
            f"runs:/{RUN}/m",
            RUN,
            {"location": f"mlflow-artifacts:/1/{RUN}/artifacts/m"},
            [f"runs:/{RUN}/m"],
        ),
    ],
)
def test_the_uris_by_which_a_version_may_have_been_declared(
    source: str, run_id: str | None, more: dict[str, str], uris: list[str]
) -> None:
    assert list(possible_uris(source, run_id, **more)) == uris


def test_the_digest_of_a_reference_is_pinned() -> None:
    """`printf 's3://b/m\\n\\n\\n' | sha256sum`; versions on servers carry it."""
    assert reference_digest("s3://b/m") == (
        "ref-sha256:f13aef28b8a6141c7248770d26c35cb023578487c1651edbc1f5cd167b83c455"
    )


@pytest.mark.parametrize(
    ("spelled", "ids"),
    [
        (f"runs:/{RUN}/m", {"run_id": RUN, "uuid": "u"}),
        (f"runs:/{RUN}/m", {"run_id": RUN}),
        (f"s3://b/1/{RUN}/artifacts/m", {"uuid": "u"}),
        (f"s3://b/1/{RUN}/artifacts/m", {"run_id": RUN}),
    ],
)
def test_a_digest_of_an_earlier_registrar_is_among_the_possible_ones(
    spelled: str, ids: dict[str, str]
) -> None:
    uris = (f"s3://B/1/{RUN}/artifacts/m/", f"runs:/{RUN}/m")
    digests = possible_digests(uris, run_id=RUN, model_id=None, uuid="u")
    assert reference_digest(spelled, **ids) in digests
    assert reference_digest(spelled, **{**ids, "uuid": "other"}) not in digests


def test_all_spellings_of_a_place_have_one_digest() -> None:
    paths = ["/a b/m", "/a b//m/", "file:///a b/m", "file:///a%20b/m/", "/a b/./m"]
    assert len({digest_of_place(path, run_id=path, uuid="u") for path in paths}) == 1
    assert digest_of_place("s3://B/m/") == digest_of_place("s3://b/m", run_id="r")
    assert digest_of_place("models:/m-1", run_id="r") == reference_digest(
        "models:/m-1", run_id="r", model_id="m-1"
    )


@pytest.mark.parametrize(
    ("location", "model_id"),
    [
        (f"mlflow-artifacts:/1/models/m-{RUN}/artifacts", f"m-{RUN}"),
        (f"/mlruns/1/models/m-{RUN}/artifacts/", f"m-{RUN}"),
        (f"/mlruns/1/models/m-{RUN}/artifacts/more", None),
        ("/mlruns/1/models/m-1/artifacts", None),
    ],
)
def test_the_logged_model_whose_files_are_at_a_location(
    location: str, model_id: str | None
) -> None:
    assert logged_model_of_location(location) == model_id


def test_the_digest_of_a_reference_tells_all_that_identifies_it() -> None:
    identities = [
        {"uri": "s3://b/m"},
        {"uri": "s3://b/M"},
        {"uri": "s3://b/m", "run_id": "x"},
        {"uri": "s3://b/m", "model_id": "x"},
        {"uri": "s3://b/m", "uuid": "x"},
        {"uri": "s3://b/m", "run_id": "x", "uuid": "x"},
    ]
    assert len({reference_digest(**identity) for identity in identities}) == len(identities)
    assert reference_digest("S3://B//m/") == reference_digest("s3://b/m")


@pytest.mark.parametrize(
    ("digest", "expected"), [(None, False), ("sha256:0", False), (reference_digest("a"), True)]
)
def test_a_digest_tells_whether_it_is_that_of_a_reference(
    digest: str | None, expected: bool
) -> None:
    assert is_reference(digest) is expected

"""Which versions have their files in an upload."""

from __future__ import annotations

import pytest

from registrar.policy.upload_use import find_users
from registrar.state import ObservedVersion, Stored

UPLOAD = Stored("models:/m-1", "mlflow-artifacts:/0/models/m-1/artifacts", model_id="m-1")
RUN_UPLOAD = Stored("s3://b/0/r1/artifacts/model", "s3://b/0/r1/artifacts/model", run_id="r1")


@pytest.mark.parametrize(
    "source",
    [
        "models:/m-1",
        "mlflow-artifacts:/0/models/m-1/artifacts",
        "mlflow-artifacts:///0/models/m-1/artifacts/",
        "MODELS:/m-1",
        "s3://other/spelling/of/m-1/artifacts",
        "models:/gone/1",  # promoted from a version that is deleted
        "models:/gone@champion",
    ],
)
def test_a_version_uses_it(source: str) -> None:
    versions = [("other", ObservedVersion(3, source=source))]
    assert find_users(UPLOAD, versions, {("gone", 1)}) == (("other", 3),)


@pytest.mark.parametrize("source", ["models:/m-2", "s3://b/m", "models:/gone/2", "", "models/x"])
def test_a_version_with_another_source_does_not_use_it(source: str) -> None:
    versions = [("other", ObservedVersion(3, source=source))]
    assert find_users(UPLOAD, versions, {("gone", 1)}) == ()


def test_promotions_are_followed_over_many_models() -> None:
    chain = ["models:/m-1", "models:/a/1", "models:/b/1", "models:/x/1"]
    versions = [
        (name, ObservedVersion(1, source=source))
        for name, source in zip("abcd", chain, strict=True)
    ]
    assert find_users(UPLOAD, reversed(versions)) == (("a", 1), ("b", 1), ("c", 1))


def test_an_upload_of_a_run_is_known_by_its_run() -> None:
    version = ObservedVersion(1, source="runs:/other/model", run_id="r1")
    assert find_users(RUN_UPLOAD, [("a", version)]) == (("a", 1),)

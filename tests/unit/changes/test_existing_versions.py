"""Versions of the model itself that an entry names, and what it means when one is missing."""

from __future__ import annotations

import pytest

from registrar.changes.existing_versions import find_existing, missing_versions
from registrar.errors import ConfigError, Problem, ServerError
from registrar.state import DesiredModel, DesiredVersion, Existing, ObservedVersion, Source
from registrar.uris import parse_uri

SILENT = ServerError("no answer in time")
WRONG = ConfigError(Problem("no-such-run", "there is no such run", "Correct it."))


def test_a_source_that_nobody_could_look_at_is_found_by_its_place() -> None:
    version = ObservedVersion(3, "sha256:1", "s3://b/m")
    place = parse_uri("s3://b/m")
    assert find_existing(Existing(place=place, error=SILENT), [version]) == version
    assert find_existing(Existing(error=SILENT), [version]) is None


def problems(*errors: ServerError | ConfigError) -> list[str]:
    """The messages for versions that are not there, one for each error of their source."""
    sources = [Source("s3://b/m", "", existing=Existing(error=error)) for error in errors]
    desired = DesiredModel("m", versions=tuple(map(DesiredVersion, sources)))
    return [problem.message for problem in missing_versions(desired, [], [None] * len(sources))]


def test_what_is_wrong_with_the_configuration_is_told_before_what_no_server_answered() -> None:
    assert problems(SILENT, WRONG) == ["there is no such run"]
    with pytest.raises(ServerError, match="no answer in time"):
        problems(SILENT)


def test_a_version_that_is_found_or_created_is_not_missing() -> None:
    found = DesiredVersion(Source("s3://b/m", "", existing=Existing(number=1)))
    new = DesiredVersion(Source("s3://b/n", "sha256:1", stored="s3://b/n"))
    desired = DesiredModel("m", versions=(found, new))
    assert list(missing_versions(desired, [], [ObservedVersion(1), None])) == []

"""Versions that use an upload are found whatever others delete meanwhile."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import pytest

from registrar.errors import ServerError
from registrar.policy.upload_use import find_users
from registrar.registry import upload_users
from registrar.registry.mlflow_api import Page
from registrar.registry.pages import read_pages
from registrar.registry.retry import Retry
from registrar.registry.upload_users import find_possible_users
from registrar.state import ObservedVersion, Stored

RETRY = Retry("http://host", 1.0)
UPLOAD = Stored("models:/m-1", "mlflow-artifacts:/0/models/m-1/artifacts", model_id="m-1")
RUN_UPLOAD = Stored("s3://b c/0/r1/model", "s3://b c/0/r1/model", run_id="r1")


class BusyApi:
    """A registry of which somebody deletes the first version of `other` after each reply."""

    def __init__(self, *versions: tuple[str, ObservedVersion]) -> None:
        self.versions = [*versions]

    def search_versions(
        self, where: str | None, size: int, token: str | None
    ) -> Page[tuple[str, ObservedVersion]]:
        matches = [version for version in self.versions if _matches(version[1], where)]
        start = int(token or 0)
        self.versions.remove(next(v for v in self.versions if v[0].startswith("other")))
        more = len(matches) > start + size
        return Page(tuple(matches[start : start + size]), str(start + size) if more else None)


def _matches(version: ObservedVersion, where: str | None) -> bool:
    if where is None:
        return True
    match = re.fullmatch(r"(source_path|run_id) ILIKE '([^']*)'", where)
    assert match is not None
    text = version.source if match[1] == "source_path" else version.run_id or ""
    return fnmatch.fnmatchcase(text.lower(), match[2].lower().replace("%", "*"))


def registry(user: ObservedVersion) -> BusyApi:
    """A registry whose third version is a user, behind the first page."""
    others = [(f"other{number}", ObservedVersion(1, source="s3://x/y")) for number in range(20)]
    return BusyApi(*others[:2], ("user", user), *others[2:])


@pytest.mark.parametrize(
    ("upload", "user"),
    [
        (UPLOAD, ObservedVersion(2, source="models:/m-1")),
        (UPLOAD, ObservedVersion(2, source="mlflow-artifacts:///0/models/m-1/artifacts/")),
        (UPLOAD, ObservedVersion(2, source="models:/go ne's/7")),
        (UPLOAD, ObservedVersion(2, source="models:///go ne's@champion")),
        (RUN_UPLOAD, ObservedVersion(2, source="S3://b c//0/r1/model/")),
        (RUN_UPLOAD, ObservedVersion(2, source="runs:/other/model", run_id="r1")),
    ],
)
def test_a_deleted_version_of_the_first_page_hides_no_user(
    monkeypatch: pytest.MonkeyPatch, upload: Stored, user: ObservedVersion
) -> None:
    api: Any = registry(user)
    paged = list(read_pages(RETRY, lambda token: api.search_versions(None, 2, token)))
    assert ("user", user) not in paged  # what the search for them is for
    monkeypatch.setattr(upload_users, "VERSIONS_PAGE", 2)
    deleted = {("go ne's", 7)}
    found = find_possible_users(registry(user), RETRY, [upload], deleted, 1)  # type: ignore[arg-type]
    assert find_users(upload, found, deleted) == (("user", 2),)


def test_a_search_that_takes_several_replies_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_users, "VERSIONS_PAGE", 2)
    api: Any = BusyApi(
        *((f"other{n}", ObservedVersion(1, source="models:/m-1")) for n in range(20))
    )
    with pytest.raises(ServerError, match="cannot tell in one reply which versions use an upload"):
        find_possible_users(api, RETRY, [UPLOAD], (), 1)


def test_a_registry_that_one_reply_shows_is_asked_once() -> None:
    user = ("other", ObservedVersion(2, source="models:/m-1"))
    api: Any = BusyApi(user)
    assert find_possible_users(api, RETRY, [UPLOAD], (), 1) == (user,)
    assert api.versions == []

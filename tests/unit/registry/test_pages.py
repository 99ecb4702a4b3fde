"""Searches that do not end are ended."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from registrar.errors import OutcomeUnknownError, ReplyTimeoutError
from registrar.registry.artifact_reads import hash_files
from registrar.registry.mlflow_api import Page
from registrar.registry.pages import MAX_BYTES, MAX_PAGES, read_pages
from registrar.registry.retry import Retry
from registrar.registry.stored_files import StoredFile, StoredFiles

if TYPE_CHECKING:
    from pathlib import Path

RETRY = Retry("http://host", 1.0)


def test_all_pages_are_read_in_their_order() -> None:
    pages = {None: Page((1, 2), "a"), "a": Page((), "b"), "b": Page((3,), None)}
    assert list(read_pages(RETRY, lambda token: pages[token])) == [1, 2, 3]


def test_a_search_whose_pages_go_round_is_ended() -> None:
    pages = {None: Page((1,), "a"), "a": Page((2,), "b"), "b": Page((3,), "a")}
    results = read_pages(RETRY, lambda token: pages[token])
    assert list(itertools.islice(results, 3)) == [1, 2, 3]
    with pytest.raises(OutcomeUnknownError, match="http://host answers, but not as MLflow does"):
        next(results)


def test_a_search_of_new_pages_is_ended() -> None:
    tokens = itertools.count()
    with pytest.raises(OutcomeUnknownError, match=f"does not end after {MAX_PAGES} pages"):
        list(read_pages(RETRY, lambda _: Page((1,), str(next(tokens)))))


def test_a_search_of_large_pages_is_ended() -> None:
    tokens = itertools.count()
    half = MAX_BYTES // 2
    with pytest.raises(OutcomeUnknownError, match="does not end after 3 pages"):
        list(read_pages(RETRY, lambda _: Page((1,), str(next(tokens)), half)))


class SlowServer(StoredFiles):
    """Each of its replies takes nearly as long as one reply may take."""

    is_local = False
    parallel = 1

    def __init__(self) -> None:
        self.location = "s3://bucket/model"
        self.now = 0.0
        self.retry = Retry("http://host", 20.0, clock=lambda: self.now)

    def get_page(self, token: str | None) -> Page[int]:
        self.now += 19
        return Page((1,), f"{token}x")

    def list_folder(self, folder: str) -> list[StoredFile]:
        self.now += 19
        return [StoredFile(f"{folder}x{n}", None, is_folder=True) for n in range(2)]

    def read(self, path: str, limit: int) -> bytes:
        raise NotImplementedError

    def hash(self, file: StoredFile) -> str:
        raise NotImplementedError

    def save(self, file: StoredFile, target: Path) -> str:
        raise NotImplementedError

    def upload(self, file: Path, path: str, extra: float) -> str:
        raise NotImplementedError


def test_a_whole_search_has_a_deadline() -> None:
    server = SlowServer()
    with pytest.raises(ReplyTimeoutError, match="has not finished a search within 200 seconds"):
        list(read_pages(server.retry, server.get_page))
    assert server.now < 230


def test_a_whole_list_of_files_has_a_deadline() -> None:
    server = SlowServer()
    with pytest.raises(ReplyTimeoutError, match="has not finished a search within 200 seconds"):
        list(hash_files(server.retry, server))
    assert server.now < 230

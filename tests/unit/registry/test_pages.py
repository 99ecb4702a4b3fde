"""Searches that do not end are ended."""

from __future__ import annotations

import itertools

import pytest

from registrar.errors import OutcomeUnknownError
from registrar.registry.mlflow_api import Page
from registrar.registry.pages import MOST_PAGES, read_pages
from registrar.registry.retry import Retry

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
    with pytest.raises(OutcomeUnknownError, match=f"does not end after {MOST_PAGES} pages"):
        list(read_pages(RETRY, lambda _: Page((1,), str(next(tokens)))))

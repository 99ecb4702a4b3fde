"""Searches whose results come page by page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from registrar.registry.translate_errors import unexpected_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registrar.registry.mlflow_api import Page
    from registrar.registry.retry import Retry

__all__ = ["read_pages"]

T = TypeVar("T")

MOST_PAGES = 1000  # of one search: a million models, ten million versions
MOST_EMPTY_PAGES = 10  # in a row


def read_pages(retry: Retry, get_page: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Yield the results of a search, page after page; `get_page` takes the token of a page.

    Raises ServerError, also where the pages do not end.
    """
    token: str | None = None
    tokens: set[str] = set()
    empty = 0
    while True:
        page = retry.call(partial(get_page, token))
        yield from page.items
        token = page.token
        if not token:
            return
        if token in tokens:
            raise unexpected_reply(retry.where, "its search gives the same page twice")
        tokens.add(token)
        empty = 0 if page.items else empty + 1
        if len(tokens) >= MOST_PAGES or empty >= MOST_EMPTY_PAGES:
            what = f"its search does not end after {len(tokens)} pages"
            raise unexpected_reply(retry.where, what)

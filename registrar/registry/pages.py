"""Searches, whose results come in many replies: page by page, or folder by folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from registrar.errors import Problem, ReplyTimeoutError
from registrar.registry.translate_errors import unexpected_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registrar.registry.mlflow_api import Page
    from registrar.registry.retry import Retry

__all__ = ["SearchDeadline", "read_pages"]

T = TypeVar("T")

MAX_PAGES = 1000  # of one search: a million models, ten million versions
MAX_EMPTY_PAGES = 10  # in a row
MAX_BYTES = 512 * 1024 * 1024  # of all pages together: a search is held in memory
MAX_TIMEOUTS = 10  # how many times `server.timeout` a whole search may take


class SearchDeadline:
    """The end of a search, whose number of requests the server decides."""

    def __init__(self, retry: Retry) -> None:
        self.retry = retry
        self.seconds = MAX_TIMEOUTS * retry.timeout
        self.start = retry.clock()

    def check(self) -> None:
        """Raise ReplyTimeoutError where the search has taken too long."""
        if self.retry.clock() - self.start >= self.seconds:
            message = (
                f"{self.retry.where} has not finished a search within {self.seconds:g} seconds"
            )
            hint = f"Set server.timeout higher: a search may take {MAX_TIMEOUTS} times as long."
            raise ReplyTimeoutError(Problem(ReplyTimeoutError.code, message, hint))


def read_pages(retry: Retry, get_page: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Yield the results of a search, page after page; `get_page` takes the token of a page.

    Raises ServerError, also where the pages do not end.
    """
    deadline = SearchDeadline(retry)
    token: str | None = None
    tokens: set[str] = set()
    empty = size = 0
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
        size += page.size
        if len(tokens) >= MAX_PAGES or empty >= MAX_EMPTY_PAGES or size > MAX_BYTES:
            what = f"its search does not end after {len(tokens)} pages"
            raise unexpected_reply(retry.where, what)
        deadline.check()

"""The versions that may have their files in an upload, asked so that no row can be lost.

MLflow's pages are counted from the first row. Where somebody deletes a version of an earlier page, a
later page begins one row too late, and nobody sees the row between them. One reply has no such gap.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from registrar.errors import Problem, ServerError
from registrar.threads import open_pool

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from registrar.registry.mlflow_api import RegistryApi
    from registrar.registry.retry import Retry
    from registrar.state import ObservedVersion, Stored

__all__ = ["find_possible_users"]

VERSIONS_PAGE = 10_000
# Spellings of one place differ in these: escapes, doubled slashes, and what ends a filter's text.
VARIABLE = re.compile(r"(%[0-9A-Fa-f]{2}|[^A-Za-z0-9.-])+")


def find_possible_users(
    api: RegistryApi,
    retry: Retry,
    uploads: Sequence[Stored],
    sources: Collection[tuple[str, int]],
    parallel: int,
) -> tuple[tuple[str, ObservedVersion], ...]:
    """Return all versions, with their models, whose source may lie in an upload, perhaps with others.

    Those count as well that are promoted from a version (model, number) of `sources`. Raises
    ServerError where the server cannot tell, and InvalidRequestError for one without such filters.
    """
    page = retry.call(lambda: api.search_versions(None, VERSIONS_PAGE, None))
    if page.token is None:
        return page.items

    def search(where: str) -> tuple[tuple[str, ObservedVersion], ...]:
        matches = retry.call(lambda: api.search_versions(where, VERSIONS_PAGE, None))
        if matches.token is not None:
            message = f"{retry.where} cannot tell in one reply which versions use an upload"
            hint = "Delete the versions without files=true: the uploaded files stay then."
            raise ServerError(Problem(ServerError.code, message, hint))
        return matches.items

    wheres = dict.fromkeys([*_upload_filters(uploads), *_promotion_filters(sources)])
    with open_pool(parallel) as pool:
        return tuple(match for matches in pool.map(search, wheres) for match in matches)


def _upload_filters(uploads: Sequence[Stored]) -> Iterator[str]:
    """Yield filters that match every source in an upload, and every version of its run."""
    for upload in uploads:
        marks = {upload.model_id or upload.run_id or "", upload.location}
        yield from (f"source_path ILIKE '%{_pattern(mark)}%'" for mark in sorted(marks))
        if upload.model_id is None and upload.run_id is not None:
            yield f"run_id ILIKE '{_pattern(upload.run_id)}'"


def _promotion_filters(sources: Collection[tuple[str, int]]) -> Iterator[str]:
    """Yield filters that match every version promoted from one of these models."""
    for name in sorted({name for name, _ in sources}):
        yield f"source_path ILIKE 'models:%/{_pattern(name)}/%'"
        yield f"source_path ILIKE 'models:%/{_pattern(name)}@%'"


def _pattern(text: str) -> str:
    """Return a pattern that matches a text in every spelling; it may match others."""
    return VARIABLE.sub("%", text)

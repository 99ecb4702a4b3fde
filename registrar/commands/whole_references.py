"""Check with one listing whether a model that is registered by reference has all its files.

Only a new version is worth the request. Where a store has no folder `code`, that says nothing: it
holds no empty folders, and MLflow names the folder for `code_paths=[]`, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.changes import CreateVersion
from registrar.config import spec
from registrar.content.named_files import CODE, ENVIRONMENT_KEYS, EXAMPLE_KEYS
from registrar.content.pointers import POINTER_SIZES, explain_lfs_pointers, is_lfs_pointer
from registrar.content.whole_model import explain_missing
from registrar.errors import RegistrarError
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.changes.plan import Plan
    from registrar.config.job import Job
    from registrar.errors import Problem
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.registry.stored_files import Listing
    from registrar.state import Source

__all__ = ["find_incomplete"]

SMALL_ANYWAY = {*ENVIRONMENT_KEYS, *EXAMPLE_KEYS}


def find_incomplete(jobs: Sequence[Job], plan: Plan, executor: Executor) -> list[Problem]:
    """Return the problems of the plan's new versions whose store lacks files of the model.

    Raises ServerError.
    """
    creations = [
        (job, change)
        for job, model in zip(jobs, plan.models, strict=True)
        for change in model.changes
        if isinstance(change, CreateVersion) and change.source.location is not None
    ]
    problems: list[Problem] = []
    sources = [change.source for _, change in creations]
    for index, result in executor.run_each_here(_check, sources):
        if isinstance(result, RegistrarError):
            raise result
        job, change = creations[index]
        entry = spec.parse_entries(job.config["model"])[change.entry]
        problems += [job.locate(("model", *entry.path, "uri"), problem) for problem in result]
    return problems


def _check(
    backend: Backend, interrupt: Interrupt, source: Source
) -> list[Problem] | RegistrarError:
    interrupt.check()
    try:
        return list(_find_problems(backend, source))
    except RegistrarError as error:
        return error


def _find_problems(backend: Backend, source: Source) -> Iterator[Problem]:
    assert source.location is not None, "nobody has looked at the others"
    listing = backend.store.list_files(source.location)
    if listing is None or not listing.files:
        return
    missing = {
        path: key for path, key in source.named.items() if key != CODE and not listing.has(path)
    }
    if missing:
        yield explain_missing(source.uri, missing)
    pointers = [
        path
        for path in _list_suspects(source, listing)
        if is_lfs_pointer(backend.store.read_file(source.location, path))
    ]
    if pointers:
        yield explain_lfs_pointers(safe_uri(source.uri), pointers)


def _list_suspects(source: Source, listing: Listing) -> Iterator[str]:
    """Yield the files that are as small as a pointer; elsewhere than here, weights alone."""
    for path, size in listing.files.items():
        key = source.named.get(path)
        is_worth_it = listing.is_deep or (key is not None and key not in SMALL_ANYWAY)
        if size in POINTER_SIZES and is_worth_it:
            yield path

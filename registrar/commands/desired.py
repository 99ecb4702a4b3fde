"""Desired state: what the jobs declare, with every model found and hashed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from registrar import progress
from registrar.changes.existing import existing_source
from registrar.config import spec
from registrar.errors import ConfigError, Problem, RegistrarError
from registrar.locator import Locator
from registrar.uris import DirectoryUri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job
    from registrar.config.spec import Entry
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.state import DesiredModel, Source

__all__ = ["desired_models"]


def desired_models(
    jobs: Sequence[Job], executor: Executor, *, manages: bool = True
) -> list[DesiredModel]:
    """Return the desired state of each job; `manages` says that the jobs are configurations.

    Raises ConfigError with a problem for each model that cannot be found, ServerError.
    """
    entries = [
        (index, entry)
        for index, job in enumerate(jobs)
        for entry in spec.parse_entries(job.config["model"])
    ]
    results = _locate_all([entry for _, entry in entries], executor)
    problems: list[Problem] = []
    sources: list[list[Source]] = [[] for _ in jobs]
    for (index, entry), located in zip(entries, results, strict=True):
        result = located
        if entry.content is not None:
            from registrar.commands.pinned_content import check_content, find_absent

            result = find_absent(entry, located) or located
            if not isinstance(result, RegistrarError):
                problems += check_content(jobs[index], entry, result)
        match result:
            case ConfigError():
                path = ("model", *entry.path, "uri")
                problems += [jobs[index].locate(path, problem) for problem in result.problems]
            case RegistrarError():
                raise result
            case _:
                sources[index].append(result)
    ConfigError.raise_for(problems)
    return [
        replace(
            spec.desire(job.name, job.config["model"], sources_of_job),
            owner=spec.owner_of(job.config),
            manages=manages,
        )
        for job, sources_of_job in zip(jobs, sources, strict=True)
    ]


def _locate_all(entries: Sequence[Entry], executor: Executor) -> list[Source | RegistrarError]:
    """Return the source of each entry, or why there is none.

    Local directories are hashed by the executor's workers. The others take a short request each,
    which this process sends.
    """
    local = [index for index, entry in enumerate(entries) if _is_local_directory(entry)]
    others = [index for index, entry in enumerate(entries) if not _is_local_directory(entry)]
    results: dict[int, Source | RegistrarError] = {}
    with progress.step("looking at models", len(entries)), progress.step("hashing", unit="B"):
        for indexes, completed in (
            (others, executor.run_each_here(_locate, [entries[index] for index in others])),
            (local, executor.run_each(_locate, [_with_absolute_path(entries[i]) for i in local])),
        ):
            for item, result in completed:
                results[indexes[item]] = result
                progress.advance("looking at models")
    return [results[index] for index in range(len(entries))]


def _is_local_directory(entry: Entry) -> bool:
    return isinstance(entry.uri, DirectoryUri) and Path(entry.uri.path).exists()


def _with_absolute_path(entry: Entry) -> Entry:
    """Return the entry so that a worker with another current directory finds the same model."""
    if isinstance(entry.uri, DirectoryUri):
        return replace(entry, uri=entry.uri.absolute(str(Path.cwd())))
    return entry


def _locate(backend: Backend, interrupt: Interrupt, entry: Entry) -> Source | RegistrarError:
    interrupt.check()
    if entry.uri is None:
        return existing_source(entry.model, entry.fields.get("version"), entry.digest)
    try:
        source = Locator(backend).locate(
            entry.uri, verify=entry.verify, pinned=entry.is_pinned, model=entry.model
        )
    except RegistrarError as error:
        return error
    if source.existing is None:
        return source
    return replace(source, existing=replace(source.existing, digest=entry.digest))

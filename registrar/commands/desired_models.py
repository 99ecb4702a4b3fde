"""Desired state: what the jobs declare, with every model found and hashed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from registrar import progress
from registrar.changes.existing_versions import existing_source
from registrar.config import spec
from registrar.config.metric_files import with_metric_files
from registrar.config.servers import server_key
from registrar.errors import (
    ConfigError,
    InvalidRequestError,
    Problem,
    RefusedError,
    RegistrarError,
    ServerError,
)
from registrar.locator import Locator
from registrar.uris import DirectoryUri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from registrar.commands.copies import Copies
    from registrar.commands.lost_sources import LostSource
    from registrar.config.job import Job
    from registrar.config.spec import Entry
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.state import DesiredModel, ObservedModel, Source

__all__ = ["complete_copies", "desired_models", "list_servers"]


def desired_models(
    jobs: Sequence[Job], executor: Executor, *, manages: bool = True
) -> list[DesiredModel]:
    """Return the desired state of each job; `manages` says that the jobs are configurations.

    A source that is gone, or that nobody can look at, is left to matching: a version may have been
    made of it. Raises ConfigError with a problem for each other model that cannot be found.
    """
    jobs = list(map(with_metric_files, jobs))
    entries = [
        (index, entry)
        for index, job in enumerate(jobs)
        for entry in spec.parse_entries(job.config["model"])
    ]
    results = _locate_all([entry for _, entry in entries], executor, list_servers(jobs))
    problems: list[Problem] = []
    lost: list[LostSource] = []
    sources: list[list[Source]] = [[] for _ in jobs]
    for (index, entry), located in zip(entries, results, strict=True):
        result = located
        if entry.content is not None:
            from registrar.commands.pinned_content import check_content, find_absent

            result = find_absent(entry, located) or located
            if not isinstance(result, RegistrarError) and result.upstream is None:
                problems += check_content(jobs[index], entry, result)
        if isinstance(result, RegistrarError):
            from registrar.commands.lost_sources import find_lost

            found = find_lost(jobs[index], entry, result, executor.backend)
            if found is not None:
                lost.append(found)
                result = found.source
        match result:
            case ConfigError():
                path = ("model", *entry.path, "uri")
                problems += [jobs[index].locate(path, problem) for problem in result.problems]
            case RegistrarError() if entry.server is not None:
                path = ("model", *entry.path, "from")
                raise type(result)(*(jobs[index].locate(path, p) for p in result.problems))
            case RegistrarError():
                raise result
            case _:
                sources[index].append(result)
    if problems and lost:
        from registrar.commands.lost_sources import unregistered_problems

        problems += unregistered_problems(lost, executor.backend.registry)
    ConfigError.raise_for(problems)
    return [
        replace(
            spec.desire(job.name, job.config["model"], sources_of_job),
            owner=spec.owner_of(job.config),
            manages=manages,
        )
        for job, sources_of_job in zip(jobs, sources, strict=True)
    ]


def complete_copies(
    jobs: Sequence[Job],
    desired: Sequence[DesiredModel],
    observed: Mapping[str, ObservedModel],
    copies: Copies,
) -> list[DesiredModel]:
    """Return the desired state with what is known of copies once the registry has been read.

    Raises ConfigError with a problem for each model that cannot be copied, RefusedError,
    ServerError.
    """
    from registrar.commands.copies import Wanted, with_upstream
    from registrar.commands.lost_sources import find_lost_upstream
    from registrar.commands.pinned_content import check_content

    places = [
        (number, entry)
        for number, model in enumerate(desired)
        for entry, version in enumerate(model.versions)
        if version.source.upstream is not None
    ]
    wanted = [
        Wanted(desired[n].versions[entry].source, observed.get(desired[n].name))
        for n, entry in places
    ]
    problems: list[Problem] = []
    refused: list[Problem] = []
    versions = [list(model.versions) for model in desired]
    for (number, index), result in zip(places, copies.complete(wanted), strict=True):
        entry = spec.parse_entries(jobs[number].config["model"])[index]
        match result:
            case ConfigError():
                path = ("model", *entry.path, "uri")
                problems += [jobs[number].locate(path, found) for found in result.problems]
            case ServerError() | InvalidRequestError():
                lost = find_lost_upstream(jobs[number], entry, result)
                assert lost is not None, "nobody could look at it"
                # The registry was searched for a copy before, so no place tells which version it is.
                source = replace(lost.source, existing=replace(lost.existing, place=None))
                versions[number][index] = replace(versions[number][index], source=source)
            case RegistrarError():
                path = ("model", *entry.path, "uri")
                refused += [jobs[number].locate(path, found) for found in result.problems]
            case _:
                version = replace(versions[number][index], source=result)
                versions[number][index] = with_upstream(version, result.upstream)
                if result.upstream is not None and entry.digest != result.upstream.digest:
                    problems += check_content(jobs[number], entry, result)
    ConfigError.raise_for(problems)
    RefusedError.raise_for(refused)
    return [
        replace(model, versions=tuple(of_model))
        for model, of_model in zip(desired, versions, strict=True)
    ]


def list_servers(jobs: Sequence[Job]) -> dict[str, Mapping[str, Any]]:
    """Return the servers that the models name with `from`, by their keys."""
    return {
        key: server for job in jobs for key, server in (job.config.get("servers") or {}).items()
    }


def _locate_all(
    entries: Sequence[Entry], executor: Executor, servers: Mapping[str, Mapping[str, Any]]
) -> list[Source | RegistrarError]:
    """Return the source of each entry, or why there is none.

    Local directories are hashed by the executor's workers. The others take a short request each,
    which this process sends. Models of another server are looked up together.
    """
    local: list[int] = []
    others: list[int] = []
    upstream: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        if entry.server is not None:
            upstream.setdefault(server_key(entry.server), []).append(index)
        else:
            (local if _is_local_directory(entry) else others).append(index)
    results: dict[int, Source | RegistrarError] = {}
    with progress.step("looking at models", len(entries)), progress.step("hashing", unit="B"):
        for indexes, completed in (
            (others, executor.run_each_here(_locate, [entries[index] for index in others])),
            (local, executor.run_each(_locate, [_with_absolute_path(entries[i]) for i in local])),
        ):
            for item, result in completed:
                results[indexes[item]] = result
                progress.advance("looking at models")
        for key, indexes in upstream.items():
            from registrar.commands.upstreams import find_upstreams

            uris = [uri for index in indexes if (uri := entries[index].uri) is not None]
            found = find_upstreams(
                key, servers[key], uris, executor.interrupt, executor.parallelism
            )
            results |= zip(indexes, found, strict=True)
            progress.advance("looking at models", len(indexes))
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

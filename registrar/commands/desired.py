"""What the jobs declare, with every model looked at: where it is, and the digest of what is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar import progress
from registrar.config import spec
from registrar.content.directory import is_directory, local_path
from registrar.errors import ConfigError, Problem, RegistrarError
from registrar.locator import Locator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.config.job import Job
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.state import DesiredModel, Source

__all__ = ["desired_models"]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One URI of a configuration. `place` is the same, absolute where it is a directory here."""

    uri: str
    verify: bool
    pinned: bool
    place: str


def desired_models(jobs: Sequence[Job], executor: Executor) -> list[DesiredModel]:
    """The desired state of each job. Raises ConfigError with every source that can not be found."""
    entries = [
        (index, path, entry)
        for index, job in enumerate(jobs)
        for path, entry in spec.list_entries(job.config["model"])
    ]
    sources = _sources([_wanted(entry) for _, _, entry in entries], executor)
    missing: list[Problem] = []
    found: list[list[Source]] = [[] for _ in jobs]
    for (index, path, _), source in zip(entries, sources, strict=True):
        match source:
            case ConfigError():
                at = ("model", *path, "uri")
                missing += [jobs[index].locate(at, problem) for problem in source.problems]
            case RegistrarError():
                raise source
            case _:
                found[index].append(source)
    ConfigError.raise_for(missing)
    return [
        spec.desire(job.name, job.config["model"], some)
        for job, some in zip(jobs, found, strict=True)
    ]


def _wanted(entry: Mapping[str, Any]) -> _Wanted:
    uri = str(entry["uri"])
    return _Wanted(uri, bool(entry.get("verify", True)), "version" in entry, uri)


def _sources(wanted: Sequence[_Wanted], executor: Executor) -> list[Source | RegistrarError]:
    """Where each model is, or why it can not be found. Directories are hashed side by side."""
    found: dict[int, Source | RegistrarError] = {}
    heavy = [i for i, one in enumerate(wanted) if _is_here(one)]
    light = [i for i, one in enumerate(wanted) if not _is_here(one)]
    items = [wanted[i] if executor.cluster is None else _absolute(wanted[i]) for i in heavy]
    with progress.step("looking at models", len(wanted)), progress.step("hashing", unit="B"):
        for indexes, results in (
            (light, executor.run_each_here(_located, [wanted[i] for i in light])),
            (heavy, executor.run_each(_located, items)),
        ):
            for done, source in results:
                found[indexes[done]] = source
                progress.advance("looking at models")
    return [found[i] for i in range(len(wanted))]


def _is_here(one: _Wanted) -> bool:
    return is_directory(one.uri) and local_path(one.uri).exists()


def _absolute(one: _Wanted) -> _Wanted:
    return replace(one, place=str(local_path(one.uri).absolute()))


def _located(backend: Backend, interrupt: Interrupt, one: _Wanted) -> Source | RegistrarError:
    interrupt.check()
    try:
        source = Locator(backend).locate(one.place, verify=one.verify, pinned=one.pinned)
    except RegistrarError as error:
        return error
    return replace(source, uri=one.uri)

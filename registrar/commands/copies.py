"""Copies of models from other servers: `from` in a configuration, and `promote` to another server.

An upstream server is only read. It is connected to for one piece of work at a time, nested in the
connection to the registry: MLflow's settings, with the login among them, belong to the process.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from registrar import progress
from registrar.changes.changes import CreateVersion
from registrar.changes.lineage import find_copy, lineage_text
from registrar.changes.measurements import MetricPlaces
from registrar.commands.upstream_files import copy_files, download_files, locate_files
from registrar.commands.upstreams import ask_upstream, run_while_reachable
from registrar.errors import (
    ConfigError,
    InvalidRequestError,
    RefusedError,
    RegistrarError,
    ServerError,
)
from registrar.execution.executor import Executor
from registrar.recorded_metrics import format_carried, parse_recorded
from registrar.scratch import scratch_folder
from registrar.state import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from registrar.changes.plan import ModelPlan, Plan
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Store
    from registrar.state import DesiredVersion, ObservedModel
    from registrar.upstream import Upstream

__all__ = ["Copies", "Wanted", "open_copies", "with_upstream"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A copy that is wanted: its source, and the model that is to have it, as it is now."""

    source: Source
    target: ObservedModel | None

    @property
    def upstream(self) -> Upstream:
        """The model that is copied."""
        assert self.source.upstream is not None, "only a source with an upstream is copied"
        return self.source.upstream


@contextlib.contextmanager
def open_copies(
    servers: Mapping[str, Mapping[str, Any]], interrupt: Interrupt, parallelism: int = 8
) -> Iterator[Copies]:
    """Make copies from these servers; the downloaded files are removed when the block ends."""
    with contextlib.ExitStack() as resources:
        yield Copies(servers, interrupt, parallelism, resources)


@dataclass(slots=True)
class Copies:
    """Looks at upstream models, and downloads those that the registry does not have yet."""

    servers: Mapping[str, Mapping[str, Any]]
    interrupt: Interrupt
    parallelism: int
    resources: contextlib.ExitStack
    folder: Path | None = field(default=None)
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def complete(self, wanted: Sequence[Wanted]) -> list[Source | RegistrarError]:
        """Return each source with the content digest of its copy, or why there can be none.

        Of a model that the target has, nothing is read. Others are looked at, and downloaded where
        nobody has recorded the content digest.
        """
        results: dict[int, Source | RegistrarError] = {}
        missing: dict[str, list[int]] = {}
        for index, copy in enumerate(wanted):
            version = find_copy(copy.upstream, copy.target)
            if version is not None and version.digest is not None:
                results[index] = replace(copy.source, digest=version.digest)
            else:
                missing.setdefault(copy.upstream.server, []).append(index)
        for server, indexes in missing.items():
            sources = [wanted[index].source for index in indexes]
            look = partial(self._look, sources)
            looked = ask_upstream(self.servers[server], self.interrupt, look, len(sources))
            results |= zip(indexes, looked, strict=True)
        return [results[index] for index in range(len(wanted))]

    def complete_one(self, source: Source, target: ObservedModel | None) -> Source:
        """Return the source with the content digest of its copy. Raises as `complete`, and why."""
        (result,) = self.complete([Wanted(source, target)])
        if isinstance(result, RegistrarError):
            raise result
        return result

    def fetch(self, plan: Plan, executor: Executor) -> tuple[Plan, Executor]:
        """Return the plan with the files of all its copies, and who executes it.

        They are sent on to the artifact store where both servers allow it, else they lie on this
        machine. All are verified before the first of these uploads counts and before the first write
        to the registry, so that a model that is not what was registered stops the run. A server that
        does not give the files stops the models that name it. The workers of a cluster have no such
        files: threads of this process execute the plan. Raises RefusedError, ConfigError.
        """
        needed: dict[str, list[tuple[int, int, Source]]] = {}
        for number, model in enumerate(plan.models):
            for position, change in enumerate(model.changes):
                if isinstance(change, CreateVersion) and _needs_files(change, model):
                    assert change.source.upstream is not None
                    server = change.source.upstream.server
                    needed.setdefault(server, []).append((number, position, change.source))
        sources: list[dict[int, Source]] = [{} for _ in plan.models]
        errors: list[RegistrarError | None] = [None for _ in plan.models]
        store = executor.backend.store
        streams = bool(needed) and store.takes_streams()
        with _discard_at_failure(sources, errors, store):
            for server, items in needed.items():
                wanted = [(plan.models[number].name, source) for number, _, source in items]
                fetch = partial(self._fetch, wanted, store if streams else None)
                results = ask_upstream(self.servers[server], self.interrupt, fetch, len(items))
                for (number, position, _), result in zip(items, results, strict=True):
                    if isinstance(result, RegistrarError):
                        errors[number] = result
                    else:
                        sources[number][position] = result
                _raise_all([result for result in results if isinstance(result, RegistrarError)])
            plan = replace(plan, models=tuple(map(_with_sources, plan.models, sources, errors)))
            if any(change.source.upstream for change in _creations(plan)):
                store.check_upload_target(plan.uploaded_files)
                executor = replace(executor, cluster=None)
        return plan, executor

    def _look(self, sources: Sequence[Source], backend: Backend) -> list[Source | RegistrarError]:
        """Return the sources with what a new version needs to say of them."""
        places = [MetricPlaces.of_upstream(s.upstream) for s in sources if s.upstream is not None]
        measurements = backend.store.read_measurements(places)
        located = self._run_each(backend, locate_files, sources)
        results: list[Source | RegistrarError] = []
        for source, measured in zip(located, measurements, strict=True):
            if isinstance(source, RegistrarError):
                results.append(source)
                continue
            assert source.upstream is not None
            upstream = replace(source.upstream, metrics=format_carried(measured))
            results.append(replace(source, upstream=upstream))
        unknown = [
            index
            for index, result in enumerate(results)
            if not isinstance(result, RegistrarError)
            and result.upstream is not None
            and result.upstream.content_digest is None
        ]
        sources = [source for i in unknown if isinstance(source := results[i], Source)]
        downloaded = self._run_each(backend, self._download, sources)
        for index, result in zip(unknown, downloaded, strict=True):
            results[index] = result
        return results

    def _fetch(
        self, wanted: Sequence[tuple[str, Source]], store: Store | None, backend: Backend
    ) -> list[Source | RegistrarError]:
        """Return each source with its files: in the store of a registered model, or on this machine."""

        def fetch(
            origin: Backend, interrupt: Interrupt, item: tuple[str, Source]
        ) -> Source | RegistrarError:
            name, source = item
            copy = None
            if store is not None:
                copy = copy_files(name, source, store, origin, interrupt)
            return self._download(origin, interrupt, source) if copy is None else copy

        return self._run_each(backend, fetch, wanted)

    def _download(
        self, backend: Backend, interrupt: Interrupt, source: Source
    ) -> Source | RegistrarError:
        """Return a source with its files in a new folder."""
        with self.lock:
            if self.folder is None:
                self.folder = self.resources.enter_context(scratch_folder())
            target = self.folder / str(next(self.numbers)) / "model"
        target.mkdir(parents=True)
        return download_files(backend, interrupt, (source, target))

    def _run_each(self, backend: Backend, work: Any, items: Sequence[Any]) -> list[Any]:
        """Return the result of the work for each item, or why there is none."""
        executor = Executor(backend, self.interrupt, self.parallelism)
        results: dict[int, Any] = {}
        with (
            progress.step("copying", len(items)),
            progress.step("downloading", unit="B"),
            progress.step("hashing", unit="B"),
            progress.step("uploading", unit="B"),
        ):
            for index, result in run_while_reachable(executor, work, items):
                results[index] = result
                progress.advance("copying")
        return [results[index] for index in range(len(items))]


def with_upstream(version: DesiredVersion, upstream: Upstream | None) -> DesiredVersion:
    """Return the version with the lineage and the metrics of the model that it is a copy of."""
    if upstream is None:
        return version
    carried = format_carried(parse_recorded(upstream.metrics))
    return replace(version, lineage=lineage_text(upstream), carried=carried)


def _creations(plan: Plan) -> Iterator[CreateVersion]:
    return (change for change in plan.changes if isinstance(change, CreateVersion))


@contextlib.contextmanager
def _discard_at_failure(
    sources: Sequence[Mapping[int, Source]], errors: Sequence[RegistrarError | None], store: Store
) -> Iterator[None]:
    """Discard the uploads that do not count yet: of all models where the block fails.

    Else those of the models that have an error.
    """
    try:
        yield
    except RegistrarError:
        _discard(sources, store)
        raise
    _discard([s for s, error in zip(sources, errors, strict=True) if error is not None], store)


def _discard(sources: Sequence[Mapping[int, Source]], store: Store) -> None:
    uploads = [source.uploaded for copies in sources for source in copies.values()]
    for stored in uploads:
        if stored is not None:
            with contextlib.suppress(RegistrarError):
                store.discard_upload(stored)


def _needs_files(change: CreateVersion, model: ModelPlan) -> bool:
    """Return whether a version's files have to be downloaded before the plan is executed."""
    source = change.source
    if source.upstream is None or source.stored is not None or source.directory is not None:
        return False
    versions = model.observed.ready_versions if model.observed is not None else ()
    return all(version.digest != source.digest for version in versions)


def _with_sources(
    model: ModelPlan, sources: Mapping[int, Source], error: RegistrarError | None
) -> ModelPlan:
    """Return the plan with what was downloaded; none where another server did not give the files."""
    if error is not None:
        problems = (replace(p, message=f"{model.name}: {p.message}") for p in error.problems)
        return replace(model, changes=(), error=type(error)(*problems))
    changes = tuple(
        replace(change, source=sources[position])
        if isinstance(change, CreateVersion) and position in sources
        else change
        for position, change in enumerate(model.changes)
    )
    return replace(model, changes=changes)


def _raise_all(errors: Sequence[RegistrarError]) -> None:
    """Raise one error with the problems of all that stop a run; a configuration error comes first.

    A server that gives no answer, or refuses to, stops its own models only.
    """
    problems = [p for error in errors if isinstance(error, ConfigError) for p in error.problems]
    ConfigError.raise_for(problems)
    stopping = [e for e in errors if not isinstance(e, ServerError | InvalidRequestError)]
    RefusedError.raise_for([problem for error in stopping for problem in error.problems])

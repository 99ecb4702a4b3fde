"""Upstream models: what an entry with `from` names on another server, and what is known of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from registrar.changes.digest_start import choose_by_digest
from registrar.changes.readiness import check_ready
from registrar.config.servers import server_identity
from registrar.errors import (
    ConfigError,
    NotFoundError,
    Problem,
    RefusedError,
    RegistrarError,
    ServerError,
    UnreachableError,
)
from registrar.execution.executor import Executor
from registrar.locator import Locator
from registrar.references import reference_digest
from registrar.registry import connect
from registrar.state import DesiredModel, DesiredVersion, Existing, Source
from registrar.upstream import Upstream
from registrar.uris import DirectoryUri, LoggedModelUri, RunUri, StoreUri, VersionUri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from registrar.execution.executor import Work
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.state import ObservedModel, ObservedVersion
    from registrar.uris import Uri

__all__ = ["ask_upstream", "find_upstreams", "run_while_reachable", "upstream_source"]

MAX_SINGLE_READS = 3  # versions that are asked for one by one, with one request for each


def find_upstreams(
    key: str, server: Mapping[str, Any], uris: Sequence[Uri], interrupt: Interrupt, parallelism: int
) -> list[Source | RegistrarError]:
    """Return the model on the server that each URI names, or why there is none.

    No file is downloaded.
    """

    def find_all(backend: Backend) -> list[Source | RegistrarError]:
        models = _read_many(backend, uris)

        def find(backend: Backend, interrupt: Interrupt, uri: Uri) -> Source | RegistrarError:
            interrupt.check()
            try:
                return _find(key, backend, uri, models)
            except NotFoundError as error:
                return ConfigError(_explain_missing(uri, backend, error))
            except (ConfigError, RefusedError, ServerError) as error:
                return error

        results = dict(run_while_reachable(Executor(backend, interrupt, parallelism), find, uris))
        return [results[index] for index in range(len(uris))]

    return ask_upstream(server, interrupt, find_all, len(uris))


def ask_upstream(
    server: Mapping[str, Any],
    interrupt: Interrupt,
    ask: Callable[[Backend], list[Source | RegistrarError]],
    count: int,
) -> list[Source | RegistrarError]:
    """Return what `ask` finds on another server, `count` answers; a failure answers all of them."""
    error: RegistrarError
    try:
        with connect(server, writes=False, stop=interrupt.is_pending) as backend:
            return ask(backend)
    except UnreachableError as unreachable:
        hint = "Check the address in the file of that server, and that the server runs."
        error = UnreachableError(*(replace(p, hint=hint) for p in unreachable.problems))
    except (ServerError, RefusedError) as refused:
        error = refused
    return [error] * count


def run_while_reachable(
    executor: Executor, work: Work[Any, Source | RegistrarError], items: Sequence[Any]
) -> Iterator[tuple[int, Source | RegistrarError]]:
    """Yield (index, result) for each item; once the server is lost, its error for those left."""
    left = dict.fromkeys(range(len(items)))
    lost: list[RegistrarError] = []
    for index, result in executor.run_each_here(work, items, stop=lambda: bool(lost)):
        del left[index]
        if isinstance(result, UnreachableError):
            lost.append(result)
        yield index, result
    yield from ((index, lost[0]) for index in left)


def upstream_source(key: str, registry_uri: str, name: str, version: ObservedVersion) -> Source:
    """Return the source of a copy of a version that is on the server with this key.

    Raises ServerError for a version that cannot be used.
    """
    check_ready(name, version)
    upstream = Upstream(
        server=key,
        registry=server_identity(registry_uri),
        uri=VersionUri.of(name, version.number).text,
        digest=version.digest,
        run_id=version.run_id,
        name=name,
        number=version.number,
        source=version.source,
        lineage=version.lineage,
        metrics=version.metrics,
    )
    digest = upstream.digest or reference_digest(upstream.uri, run_id=version.run_id)
    return Source(upstream.place, digest, upstream=upstream, read_back=True)


def _read_many(backend: Backend, uris: Sequence[Uri]) -> Mapping[str, ObservedModel]:
    """Return the models of versions, read in few requests; none where there are few of them."""
    versions = [uri for uri in uris if isinstance(uri, VersionUri)]
    names = dict.fromkeys(uri.name for uri in versions)
    if len(names) <= MAX_SINGLE_READS:
        return {}
    numbers: dict[str, list[DesiredVersion]] = {name: [] for name in names}
    for uri in versions:
        if uri.version is not None:  # of a model with very many versions, these are read
            source = Source(uri.text, "", existing=Existing(number=uri.version))
            numbers[uri.name].append(DesiredVersion(source))
    return backend.registry.observe_for(
        DesiredModel(name, versions=tuple(numbers[name])) for name in names
    )


def _find(key: str, backend: Backend, uri: Uri, models: Mapping[str, ObservedModel]) -> Source:
    match uri:
        case VersionUri():
            registry = backend.registry
            version = _choose(uri, models.get(uri.name), registry.server.registry_uri)
            version = version or registry.get_version(uri.name, uri.selector)
            return upstream_source(key, registry.server.registry_uri, uri.name, version)
        case RunUri() | LoggedModelUri():
            return _find_reference(key, backend, uri)
        case DirectoryUri() | StoreUri():
            message = "only models:/ and runs:/ URIs are looked up on another server"
            raise AssertionError(message)
        case _:
            assert_never(uri)


def _choose(uri: VersionUri, model: ObservedModel | None, where: str) -> ObservedVersion | None:
    """Return the version among those that were read; None where the server has to be asked."""
    if model is None or model.is_prompt:
        return None
    if uri.digest is not None:
        complete = model.versions if model.complete else ()
        return choose_by_digest(uri.name, uri.digest, complete, where) if complete else None
    number = uri.version if uri.alias is None else model.aliases.get(uri.alias)
    return next((version for version in model.versions if version.number == number), None)


def _find_reference(key: str, backend: Backend, uri: RunUri | LoggedModelUri) -> Source:
    """Return a model of a run, or a logged model, that lies in the store of another server."""
    source = Locator(backend).locate(uri, verify=True)
    location = source.stored
    if source.model_id is not None:
        location = backend.store.get_logged_model(source.model_id).location
    upstream = Upstream(
        server=key,
        registry=server_identity(backend.registry.server.tracking_uri),
        uri=uri.canonical,
        digest=source.digest,
        run_id=source.run_id,
        location=location,
        source=source.stored,
    )
    return Source(upstream.place, source.digest, upstream=upstream, read_back=True)


def _explain_missing(uri: Uri, backend: Backend, error: NotFoundError) -> Problem:
    server = backend.registry.server
    where = server.registry_uri if isinstance(uri, VersionUri) else server.tracking_uri
    message = f"{uri.safe} at {where}: {error.problems[0].message}"
    return Problem("source-not-found", message, "Correct the URI, or 'from'; nothing was written.")

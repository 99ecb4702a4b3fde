"""Sources that are gone or cannot be read: a version that was made from them stays manageable."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.changes.existing_versions import find_existing
from registrar.config.servers import registry_uri_of, server_identity, server_key
from registrar.content.whole_model import ABSENT_FILES
from registrar.errors import ConfigError, InvalidRequestError, RegistrarError, ServerError
from registrar.note import Note, NoteKind
from registrar.references import logged_model_of_location, run_of_location
from registrar.state import Existing, Source
from registrar.uris import DirectoryUri, RunUri, VersionUri, safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.config.job import Job
    from registrar.config.spec import Entry
    from registrar.errors import Problem
    from registrar.registry import Backend, Registry, Store

__all__ = ["LostSource", "find_lost", "find_lost_upstream", "unregistered_problems"]


@dataclass(frozen=True, slots=True)
class LostSource:
    """An entry of a model whose source nobody can look at, and what is known of the source."""

    model: str
    source: Source

    @property
    def existing(self) -> Existing:
        """What identifies the version that was made from the source."""
        assert self.source.existing is not None, "find_lost sets it"
        return self.source.existing


def find_lost(job: Job, entry: Entry, error: RegistrarError, backend: Backend) -> LostSource | None:
    """Return a source that may have been there once, if `error` says that it is gone or unreadable.

    An alias that an existing model does not have is a mistake.
    """
    uri = entry.uri
    if entry.server is not None:
        return find_lost_upstream(job, entry, error)
    if uri is None or (isinstance(uri, VersionUri) and uri.name == entry.model):
        return None
    if isinstance(uri, VersionUri) and uri.alias and backend.registry.observe([uri.name]):
        return None
    codes = {problem.code for problem in error.problems}
    is_place = not isinstance(uri, DirectoryUri) or _is_reference(uri)
    existing = Existing(digest=entry.digest)
    kind: NoteKind = "source-gone"
    if isinstance(error, ServerError | InvalidRequestError):
        kind = "source-unreadable"
    elif (
        isinstance(error, ConfigError) and is_place and codes <= {*ABSENT_FILES, "source-not-found"}
    ):
        if isinstance(uri, RunUri):
            existing = _with_models_of_run(existing, uri, backend.store)
    else:
        return None
    located = type(error)(
        *(job.locate(("model", *entry.path, "uri"), problem) for problem in error.problems)
    )
    place = uri.absolute(str(Path.cwd())) if isinstance(uri, DirectoryUri) else uri
    existing = replace(existing, place=place, error=located)
    note = Note(kind, uri.safe, {"reason": error.problems[0].message})
    return LostSource(entry.model, Source(uri.text, "", note=note, existing=existing))


def find_lost_upstream(job: Job, entry: Entry, error: RegistrarError) -> LostSource | None:
    """Return a model of another server that was copied once, if it is gone or nobody can look at it.

    The lineage of a copy tells which version it is a copy of, but not what an alias means now.
    """
    uri, option = entry.uri, entry.server
    assert uri is not None, "the rules for 'from' say so"
    assert option is not None, "the caller asks for it"
    is_alias = isinstance(uri, VersionUri) and uri.alias is not None
    kind: NoteKind = "source-unreadable"
    codes = {problem.code for problem in error.problems}
    field = "uri" if codes == {"version-not-ready"} else "from"
    if isinstance(error, ConfigError):
        if is_alias or codes != {"source-not-found"}:
            return None
        kind, field = "source-gone", "uri"
    elif not isinstance(error, ServerError | InvalidRequestError):
        return None
    server = job.config["servers"][server_key(option)]
    address = registry_uri_of(server) if isinstance(uri, VersionUri) else server["tracking_uri"]
    located = type(error)(
        *(job.locate(("model", *entry.path, field), problem) for problem in error.problems)
    )
    existing = Existing(
        digest=entry.content,
        place=None if is_alias else uri,
        registry=server_identity(safe_uri(address)),
        error=located,
    )
    note = Note(kind, uri.safe, {"reason": error.problems[0].message})
    return LostSource(entry.model, Source(uri.text, "", note=note, existing=existing))


def unregistered_problems(lost: Sequence[LostSource], registry: Registry) -> Iterator[Problem]:
    """Yield the problems of the sources that are gone and that no version was made from."""
    gone = [item for item in lost if isinstance(item.existing.error, ConfigError)]
    observed = registry.observe({item.model for item in gone}) if gone else {}
    for item in gone:
        versions = observed[item.model].ready_versions if item.model in observed else ()
        if find_existing(item.existing, versions) is None and item.existing.error is not None:
            yield from item.existing.error.problems


def _is_reference(uri: DirectoryUri) -> bool:
    """Return whether a directory is registered by reference, as far as its path tells."""
    location = uri.absolute(str(Path.cwd())).path
    return run_of_location(location) is not None or logged_model_of_location(location) is not None


def _with_models_of_run(existing: Existing, uri: RunUri, store: Store) -> Existing:
    """Add which of the run's logged models the URI may mean; they outlive a deleted run."""
    with contextlib.suppress(RegistrarError):
        run = store.get_run(uri.run_id, deleted=True)
        models = store.find_logged_models(run, None)
        return replace(
            existing,
            models=tuple(model.model_id for model in models if model.name == uri.path),
            others=tuple(model.model_id for model in models if model.name != uri.path),
        )
    return existing

"""`verify`: hash the stored files again, and compare them with what was registered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from registrar import progress
from registrar.commands.selection import (
    Filters,
    find_version,
    named_models,
    note_unreachable_names,
    select_models,
)
from registrar.config import spec
from registrar.content.digest import Manifest, hash_directory
from registrar.content.directory import MLMODEL, find_model, parse_mlmodel
from registrar.errors import (
    ConfigError,
    NotFoundError,
    Problem,
    RefusedError,
    RegistrarError,
    ServerError,
    UnreachableError,
)
from registrar.execution.open_executor import open_executor
from registrar.references import is_reference, possible_digests, possible_uris
from registrar.registry import connect
from registrar.report import Report
from registrar.report.verification import (
    DifferentFiles,
    DifferentReference,
    MissingModel,
    NotComparable,
    SameFiles,
    SameReference,
    UnlistedFiles,
    Unreadable,
    Verification,
    Verified,
)
from registrar.uris import (
    DirectoryUri,
    LoggedModelUri,
    VersionUri,
    parse_source,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.config.job import Job
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.report.verification import Finding
    from registrar.state import ObservedVersion

__all__ = ["run"]


@dataclass(frozen=True, slots=True)
class _Item:
    """A version to verify, and the directories on this machine that its model is declared from."""

    name: str
    version: ObservedVersion
    directories: tuple[DirectoryUri, ...]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Read each selected version back, and report whether it is as registered.

    The report ends with RefusedError if a version is not, with ServerError if one could not be
    read; the others are verified all the same. Raises NotFoundError, UnreachableError.
    """
    config = jobs[0].config
    node = config.get("verify", {})
    with (
        connect(config["server"], writes=False, stop=interrupt.is_pending) as backend,
        open_executor(config, backend, interrupt) as executor,
    ):
        server = backend.registry.server
        filters = Filters.parse(node)
        models = select_models(backend.registry, named_models(jobs, node), jobs)
        directories = _declared_directories(jobs)
        items = [
            _Item(model.name, version, directories.get(model.name, ()))
            for model in models
            for version in (
                (find_version(model, filters, server.registry_uri),)
                if filters.is_single
                else model.versions
            )
        ]
        verified = _verify_all(items, executor)
    notes = (*backend.notes, *note_unreachable_names(models))
    error = _error_of(verified)
    code = error.exit_code if error else 0
    result = Verification(server, verified)
    return Report("verify", code, payload=result, error=error, notes=notes)


def _error_of(versions: Sequence[Verified]) -> RegistrarError | None:
    """Return the error that the command ends with: a difference counts more than a failed read."""
    different = [version for version in versions if version.status == "different"]
    unreadable = [version for version in versions if version.status == "unreadable"]
    if different:
        return RefusedError(*(_problem_of(version, "different-content") for version in different))
    if unreadable:
        return ServerError(*(_problem_of(version, "unreadable-model") for version in unreadable))
    return None


def _problem_of(verified: Verified, code: str) -> Problem:
    return Problem(code, f"{verified.name} version {verified.version}: {verified.detail}")


def _declared_directories(jobs: Sequence[Job]) -> dict[str, tuple[DirectoryUri, ...]]:
    """Return the directories that the jobs declare, by the name of the registered model."""
    directories: dict[str, tuple[DirectoryUri, ...]] = {}
    for job in jobs:
        model = job.config.get("model", {})
        uris = [parse_source(str(fields.get("uri"))) for _, fields in spec.list_entries(model)]
        directories[model.get("name", "")] = tuple(
            uri.absolute(str(Path.cwd())) for uri in uris if isinstance(uri, DirectoryUri)
        )
    return directories


def _verify_all(items: Sequence[_Item], executor: Executor) -> tuple[Verified, ...]:
    """Verify the items side by side. Once the server is lost, the others are not readable either."""
    results: dict[int, Verified | RegistrarError] = {}
    lost: list[UnreachableError] = []
    with (
        progress.step("verifying", len(items), "versions"),
        progress.step("downloading", unit="B"),
        progress.step("hashing", unit="B"),
    ):
        for index, result in executor.run_each(_verify, items, stop=lambda: bool(lost)):
            results[index] = result
            if isinstance(result, UnreachableError):
                lost.append(result)
            progress.advance("verifying")
    return tuple(
        _unreadable(item, result) if isinstance(result, RegistrarError) else result
        for index, item in enumerate(items)
        for result in (results[index] if index in results else lost[0],)
    )


def _unreadable(item: _Item, error: RegistrarError) -> Verified:
    return _result_of(item, Unreadable(error.problems[0]))


def _verify(backend: Backend, interrupt: Interrupt, item: _Item) -> Verified | RegistrarError:
    interrupt.check()
    try:
        return _result_of(item, _Verifier(backend, item).verify())
    except RegistrarError as error:
        return error


def _result_of(item: _Item, finding: Finding) -> Verified:
    return Verified(item.name, item.version.number, item.version.digest, finding)


@dataclass(frozen=True, slots=True)
class _Verifier:
    """Reads a version back, and compares it with its digest."""

    backend: Backend
    item: _Item

    def verify(self) -> Finding:
        """Return what reading the version back shows. Raises RegistrarError if that failed."""
        version = self.item.version
        if not version.is_ready:
            return NotComparable("not-ready")
        if version.digest is None:
            return NotComparable("no-digest")
        try:
            location = self.backend.registry.get_location(self.item.name, version.number)
        except NotFoundError:
            return NotComparable("deleted")
        try:
            if is_reference(version.digest):
                return self._verify_reference(location)
            stored = Manifest(dict(self.backend.store.hash_files(location)))
        except NotFoundError as error:
            registered = self._find_manifest() or Manifest({})
            return MissingModel(error.problems[0], registered.compare(Manifest({})))
        return self._compare_files(stored, version.digest)

    def _compare_files(self, stored: Manifest, digest: str) -> Finding:
        same = stored.restrict_to(digest)
        if same is not None:
            return SameFiles(len(same.files))
        registered = self._find_manifest()
        if registered is None:
            return UnlistedFiles()
        return DifferentFiles(registered.compare(stored))

    def _find_manifest(self) -> Manifest | None:
        """Return the manifest that the digest is made of, if the store or this machine has it."""
        return next((m for m in self._manifests() if m.digest == self.item.version.digest), None)

    def _manifests(self) -> Iterator[Manifest]:
        for version in self._origins():
            record = self.backend.store.get_upload_record(version.source, version.run_id)
            if record is not None:
                yield Manifest.parse(record.manifest)
        for uri in self.item.directories:
            try:
                yield hash_directory(find_model(uri))
            except ConfigError:  # the stored files are verified, not the directory
                continue

    def _verify_reference(self, location: str) -> Finding:
        """Compare a model that was registered by reference."""
        content = self.backend.store.read_file(location, MLMODEL)
        try:
            uuid = parse_mlmodel(content, location).get("model_uuid")
        except ConfigError as error:
            return MissingModel(error.problems[0])
        origin = self.item.version
        for origin in self._origins():
            for uri, model_id in self._declarations(origin, location):
                for known_uuid in (None, str(uuid) if uuid else None):
                    digests = possible_digests(
                        (uri, location), run_id=origin.run_id, model_id=model_id, uuid=known_uuid
                    )
                    if self.item.version.digest in digests:
                        return SameReference(has_uuid=known_uuid is not None)
        if isinstance(parse_source(origin.source), VersionUri):
            return NotComparable("origin-gone")
        return DifferentReference(location)

    def _origins(self) -> Iterator[ObservedVersion]:
        """Yield the version, the one that it was promoted from by reference, and so on."""
        version, seen = self.item.version, set[str]()
        yield version
        while version.source not in seen:
            seen.add(version.source)
            uri = parse_source(version.source)
            if not isinstance(uri, VersionUri):
                return
            try:
                version = self.backend.registry.get_version(uri.name, uri.selector)
            except NotFoundError:
                return
            yield version

    def _declarations(
        self, version: ObservedVersion, location: str
    ) -> Iterator[tuple[str, str | None]]:
        """Yield the URIs by which the version may have been declared, each with its model id."""
        source = parse_source(version.source)
        model_id = source.model_id if isinstance(source, LoggedModelUri) else None
        for uri in possible_uris(version.source, version.run_id, location=location):
            yield uri, model_id
        if model_id is not None and version.run_id is not None:
            name = self.backend.store.get_logged_model(model_id).name
            for uri in possible_uris(version.source, version.run_id, model_name=name):
                yield uri, model_id

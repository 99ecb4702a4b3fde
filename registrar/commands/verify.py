"""`verify`: stored files are hashed again, and compared with what was registered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar import progress
from registrar.commands.selection import (
    Filters,
    find_version,
    named_models,
    select_models,
)
from registrar.config import spec
from registrar.content.digest import difference, digest_of, parsed, registered
from registrar.content.directory import (
    MLMODEL,
    is_directory,
    local_path,
    manifest,
    model_folder,
    parse_mlmodel,
)
from registrar.errors import ConfigError, NotFoundError, Problem, RefusedError, RegistrarError
from registrar.execution.open_executor import open_executor
from registrar.report import Report
from registrar.report.results import Verification, Verified
from registrar.text import plural
from registrar.uris import REFERENCE, reference_digest, safe_uri, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.config.job import Job
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Registry, Store
    from registrar.state import ObservedVersion

__all__ = ["run"]

VERSION = re.compile(r"models:/(?P<name>[^/@]+)/(?P<number>[0-9]+)")


@dataclass(frozen=True, slots=True)
class _Stored:
    """A version to read back, and the manifest of its content where a directory here has that."""

    name: str
    version: ObservedVersion
    manifest: str | None


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Each version's files are read back; the report is refused when one is not as registered."""
    from registrar.registry import connect

    config = jobs[0].config
    node = config.get("verify", {})
    with (
        connect(config["server"], writes=False) as backend,
        open_executor(config, backend, interrupt) as executor,
    ):
        registry = backend.registry
        where = registry.server.registry_uri
        filters = Filters.parse(node)
        models = select_models(registry, named_models(jobs, node))
        known = _local_manifests(jobs)
        stored = [
            _Stored(model.name, version, known.get(version.digest or ""))
            for model in models
            for version in (
                (find_version(model, filters, where),) if filters.is_single else model.versions
            )
        ]
        found = _read_back(stored, executor)
    result = Verification(registry.server, found)
    refused = [
        Problem("todo", f"{one.name} version {one.version}: {one.detail}")
        for one in found
        if one.status == "different"
    ]
    error = RefusedError(*refused) if refused else None
    code = error.exit_code if error else 0
    return Report("verify", code, payload=result, error=error, notes=backend.notes)


def _read_back(stored: Sequence[_Stored], executor: Executor) -> tuple[Verified, ...]:
    """What reading each of them back shows, side by side. Raises ServerError."""
    found: dict[int, Verified] = {}
    with progress.step("verifying", len(stored), "versions"):
        for index, verified in executor.run_each(_verified, stored):
            if isinstance(verified, RegistrarError):
                raise verified
            found[index] = verified
            progress.advance("verifying")
    return tuple(found[index] for index in range(len(stored)))


def _verified(backend: Backend, interrupt: Interrupt, one: _Stored) -> Verified:
    interrupt.check()
    return _Reading(backend.registry, backend.store, one.manifest).verified(one.name, one.version)


def _local_manifests(jobs: Sequence[Job]) -> dict[str, str]:
    """Content digest -> manifest of the declared directories that are on this machine."""
    found = {}
    for job in jobs:
        for _, entry in spec.list_entries(job.config.get("model", {})):
            if is_directory(entry["uri"]) and local_path(entry["uri"]).exists():
                try:
                    lines = manifest(model_folder(entry["uri"]))
                except ConfigError:  # it is what is stored that is verified here
                    continue
                found[digest_of(lines)] = lines
    return found


class _Reading:
    """Reads a version back; `known` is the manifest of its content, if a directory here has it."""

    def __init__(self, registry: Registry, store: Store, known: str | None) -> None:
        self.registry = registry
        self.store = store
        self.known = known

    def verified(self, name: str, version: ObservedVersion) -> Verified:
        """What reading one version back shows."""
        number = version.number
        digest = version.digest

        def outcome(status: Any, detail: str, **paths: Any) -> Verified:
            return Verified(name, number, digest, status, detail, **paths)

        if digest is None:
            return outcome("unchecked", "registered by hand: there is no digest to compare with")
        try:
            location = self.registry.get_location(name, number)
            if digest.startswith(REFERENCE):
                return outcome(*self._reference(version, location))
            found = dict(self.store.hash_files(location))
        except (NotFoundError, ConfigError) as error:
            expected = parsed(self._manifest(version) or "")
            gone = difference(expected, {})
            return outcome("different", error.problems[0].message, difference=gone)
        as_registered = registered(found, digest)
        if as_registered is not None:
            count = len(as_registered)
            return outcome("same", f"{plural(count, 'file')} as registered")
        lines = self._manifest(version)
        if lines is None:
            detail = "its files are not those that were registered; which ones was not recorded"
            return outcome("different", detail)
        paths = difference(parsed(lines), found)
        return outcome("different", paths.words, difference=paths)

    def _manifest(self, version: ObservedVersion) -> str | None:
        """The lines that the version's digest was made of, from wherever they are to be had."""
        digest = version.digest or ""
        origins = (self.store.get_manifest(v.source, v.run_id) for v in self._chain(version))
        for lines in (self.known, *origins):
            if lines and digest_of(lines) == digest:
                return lines
        return None

    def _reference(self, version: ObservedVersion, location: str) -> tuple[str, str]:
        """Status and detail of a model that was registered where it lies."""
        content = self.store.read_file(location, MLMODEL)
        uuid = parse_mlmodel(content, location).get("model_uuid")
        origin = version
        for origin in self._chain(version):
            for uri, model_id in self._spellings(origin, location):
                for seen in (str(uuid) if uuid else None, None):
                    made = reference_digest(uri, run_id=origin.run_id, model_id=model_id, uuid=seen)
                    if made == version.digest:
                        what = "its model_uuid is the one" if seen else "a model is at the place"
                        return (
                            "same",
                            f"{what} that was registered (a reference: files have no digest)",
                        )
        if VERSION.fullmatch(origin.source):
            return "unchecked", "a model is there; the version it was promoted from is gone"
        place = safe_uri(location)
        return "different", f"the model at {place} is not the one that was registered"

    def _chain(self, version: ObservedVersion) -> Iterator[ObservedVersion]:
        """A version, the one it was promoted from by reference, and so on."""
        seen: set[str] = set()
        yield version
        while (match := VERSION.fullmatch(version.source)) and version.source not in seen:
            seen.add(version.source)
            try:
                version = self.registry.get_version(match["name"], match["number"])
            except NotFoundError:
                return
            yield version

    def _spellings(
        self, version: ObservedVersion, location: str
    ) -> Iterator[tuple[str, str | None]]:
        """(URI, model id) of every way in which a version can have been declared."""
        source = version.source
        model_id = source.removeprefix("models:/") if source.startswith("models:/m-") else None
        yield source, model_id
        if not scheme_of(source):
            yield f"file://{source}", model_id
        if version.run_id is None:
            return
        inside = location.partition("/artifacts/")[2]
        if inside:
            yield f"runs:/{version.run_id}/{inside.rstrip('/')}", model_id
        if model_id is not None:
            name = self.store.get_logged_model(model_id).name
            yield f"runs:/{version.run_id}/{name}", model_id

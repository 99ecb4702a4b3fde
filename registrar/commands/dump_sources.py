"""By which URI `dump` declares a version, so that the version is matched again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.changes.matching import is_from_same_place
from registrar.config.declaration import Declarable
from registrar.config.hosts import check_source_host
from registrar.config.permissions import read_permissions
from registrar.content.check import check_source
from registrar.errors import AccessDeniedError, ConfigError, RefusedError, ServerError
from registrar.locator import Locator
from registrar.references import possible_uris
from registrar.state import DesiredVersion
from registrar.uris import DirectoryUri, StoreUri, canonical_uri, parse_source

if TYPE_CHECKING:
    from registrar.config.boundary import Boundary
    from registrar.errors import Problem
    from registrar.registry import Backend
    from registrar.state import ObservedModel, ObservedVersion, Source
    from registrar.uris import Uri

__all__ = ["Found", "SourceFinder"]

OTHER_MODEL = "the model at that place is not the registered one"
ANY_VERSION = "its source alone does not tell which version it is"


@dataclass(frozen=True, slots=True)
class Found:
    """How a version can be declared, and the source that the declaration then has."""

    declarable: Declarable
    source: Source


@dataclass(frozen=True, slots=True)
class SourceFinder:
    """Finds how versions can be declared, by directories inside `boundary`, if there is one.

    `unreadable` has the first failure of each artifact store that could not be read: it is not
    asked again.
    """

    backend: Backend
    boundary: Boundary | None
    unreadable: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def tracking_uri(self) -> str:
        """The server whose artifacts a URI may name."""
        return self.backend.registry.server.tracking_uri

    def find(self, model: ObservedModel) -> dict[int, Found]:
        """Return how each version can be declared, by version number; some cannot."""
        found = {version.number: self._find(version) for version in model.ready_versions}
        return {number: item for number, item in found.items() if item is not None}

    def _find(self, version: ObservedVersion) -> Found | None:
        """Return the best declaration: of a model that is read, of a place, of a pinned version."""
        if check_source_host(version.source, self.tracking_uri, read_permissions()) is not None:
            return None  # no configuration may name it
        reasons: list[str] = []
        uris: list[Uri] = []
        for text in possible_uris(version.source, version.run_id):
            uri = parse_source(text)
            if uri is None:
                continue
            source = self._locate(uri, verify=True)
            if isinstance(source, str):
                reasons.append(source)
            elif _is_matched(source, version):
                return Found(Declarable(uri.text), source)
            uris.append(uri)
        comment = f"not verified: {next(iter(reasons), OTHER_MODEL)}"
        for uri in uris:
            source = self._locate(uri, verify=False)
            if not isinstance(source, str) and _is_matched(source, version):
                return Found(Declarable(uri.text, verify=False, comment=comment), source)
        return self._pin(version, next(iter(reasons), ANY_VERSION))

    def _pin(self, version: ObservedVersion, reason: str) -> Found | None:
        uri = parse_source(canonical_uri(version.source))
        source = None if uri is None else self._locate(uri, verify=False, pinned=True)
        if uri is None or source is None or isinstance(source, str):
            return None
        if not _is_matched(source, version, pin=version.number):
            return None
        comment = f"not verified: {reason}"
        return Found(Declarable(uri.text, verify=False, pinned=True, comment=comment), source)

    def _locate(self, uri: Uri, *, verify: bool, pinned: bool = False) -> Source | str:
        """Return the source, or the reason why there is none."""
        store = (uri.scheme, uri.host) if isinstance(uri, StoreUri) and uri.host else None
        if verify and store in self.unreadable:
            return self.unreadable[store]
        if isinstance(uri, DirectoryUri) and (problem := self._check(uri, verify=verify)):
            return problem.message
        try:
            return Locator(self.backend).locate(uri, verify=verify, pinned=pinned)
        except (ConfigError, RefusedError) as error:
            return error.problems[0].message
        except ServerError as error:
            if store is None:
                return error.problems[0].message
            # The same text for all models of the store, whichever of them was asked first.
            refuses = isinstance(error, AccessDeniedError)
            reads = "refuses the credentials" if refuses else "cannot be read"
            reason = f"{store[0]}://{store[1]} {reads}"
            if verify:
                self.unreadable[store] = reason
            return reason

    def _check(self, uri: DirectoryUri, *, verify: bool) -> Problem | None:
        """Return why a configuration may not name a directory, which is read if it exists."""
        problem = check_source(uri.text, verify=verify)
        if problem is None and self.boundary is not None and (verify or Path(uri.path).exists()):
            problem = self.boundary.check_model(Path(uri.path))
        return problem


def _is_matched(source: Source, version: ObservedVersion, pin: int | None = None) -> bool:
    declared = DesiredVersion(source, pin=pin)
    has_digest = version.digest in {source.digest, *source.other_digests}
    return has_digest or is_from_same_place(declared, version)

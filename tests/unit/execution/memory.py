"""A registry and an artifact store in memory, whose calls can fail as those of a server do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.content.digest import hash_directory
from registrar.registry.moving_files import reading
from registrar.state import ObservedModel, ObservedVersion, Server, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from registrar.state import DesiredModel, File


@dataclass
class MemoryRegistry:
    """One registered model. `errors` holds what the next calls of a method raise, in turn; None: nothing.

    An error comes before the call is carried out; a call of `replies_lost` is carried out first.
    """

    model: ObservedModel | None = None
    versions: list[ObservedVersion] = field(default_factory=list)
    errors: dict[str, list[Exception | None]] = field(default_factory=dict)
    replies_lost: bool = False
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    server: Server = field(default_factory=lambda: Server("http://r", "http://r"))

    def _end(self, method: str, *arguments: Any) -> None:
        self.calls.append((method, *arguments))
        error = self.errors[method].pop(0) if self.errors.get(method) else None
        if error is not None:
            raise error

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(call[0] == method for call in self.calls)

    def observe_for(self, desired: Iterable[DesiredModel]) -> dict[str, ObservedModel]:
        del desired
        return {} if self.model is None else {self.model.name: self.model}

    def find_by_digest(self, name: str, digest: str) -> tuple[ObservedVersion, ...]:
        del name
        self._end("find_by_digest")
        found = (version for version in self.versions if version.digest == digest)
        return tuple(sorted(found, key=lambda version: version.number))

    def find_possible_users(self, *_: Any) -> list[tuple[str, ObservedVersion]]:
        self._end("find_possible_users")
        return [("m", version) for version in self.versions]

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        del description, tags
        self._end("create_model", name)

    def create_version(
        self, name: str, stored: Stored, description: str, tags: Mapping[str, str]
    ) -> int:
        del name, description
        number = 1 + max((version.number for version in self.versions), default=0)
        version = ObservedVersion(number, tags["registrar_digest"], stored.source)
        if self.replies_lost or not self.errors.get("create_version"):
            self.versions.append(version)
        self._end("create_version", number)
        return number

    def delete_version(self, name: str, version: int) -> None:
        del name
        self.versions = [other for other in self.versions if other.number != version]
        self._end("delete_version", version)

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        del name
        self._end("set_tag", version, key, value)
        if version is None and self.model is not None:
            self.model = replace(self.model, tags={**self.model.tags, key: value})

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        del name
        self._end("delete_tag", version, key)

    def set_description(self, name: str, version: int | None, description: str) -> None:
        del name
        self._end("set_description", version, description)

    def get_aliases(self, name: str) -> dict[str, int]:
        del name
        self._end("get_aliases")
        return {} if self.model is None else self.model.aliases

    def set_alias(self, name: str, alias: str, version: int) -> None:
        del name
        self._end("set_alias", alias, version)

    def delete_alias(self, name: str, alias: str) -> None:
        del name
        self._end("delete_alias", alias)


@dataclass
class MemoryStore:
    """An artifact store that keeps its files in a folder; it may lose or spoil them.

    `uploads` are earlier ones, each with whether it is complete.
    """

    folder: Path
    loses: bool = False
    spoils: bool = False
    uploads: tuple[tuple[Stored, bool], ...] = ()
    errors: list[Exception] = field(default_factory=list)
    discarded: list[Stored] = field(default_factory=list)
    finished: list[Stored] = field(default_factory=list)

    def find_uploads(self, name: str, digest: str) -> tuple[tuple[Stored, bool], ...]:
        del name, digest
        return self.uploads

    def begin_upload(self, name: str, digest: str, mlmodel: str | None = None) -> Stored:
        del name, digest, mlmodel
        return Stored("models:/m-1", str(self.folder))

    def upload_files(
        self, stored: Stored, files: Sequence[File], check: Callable[[], object]
    ) -> Iterator[str]:
        del stored
        for file in files:
            check()
            with reading(file.path):
                content = Path(file.path).read_bytes()
            (self.folder / file.relative).write_bytes(b"spoilt" if self.spoils else content)
            yield hashlib.sha256(content).hexdigest()

    def has_files(self, stored: Stored, sizes: Mapping[str, int]) -> bool:
        del stored, sizes
        return not self.loses

    def hash_files(self, location: str) -> Iterator[tuple[str, str]]:
        del location
        yield from hash_directory(self.folder).files.items()

    def finish_upload(self, stored: Stored, manifest: str) -> None:
        del manifest
        self.finished.append(stored)

    def discard_upload(self, stored: Stored) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.discarded.append(stored)

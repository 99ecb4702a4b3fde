"""What registrar needs of a registry and of an artifact store, whichever way they are reached.

Reads and writes that may be repeated are repeated by the implementation, until the deadline.
`create_model` and `create_version` are sent once: after an OutcomeUnknownError the caller looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from registrar.state import (
        DesiredModel,
        Note,
        ObservedModel,
        ObservedVersion,
        RunData,
        Server,
        Stored,
    )

__all__ = ["Backend", "LoggedModel", "Registry", "Run", "Store"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the tracking server."""

    run_id: str
    artifact_uri: str
    experiment_id: str


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A logged model (MLflow 3). `ready` is False while it is being logged, or when that failed."""

    model_id: str
    location: str
    run_id: str | None
    ready: bool
    status: str
    name: str


class Registry(Protocol):
    """Registered models, versions, tags and aliases.

    Methods raise ServerError or InvalidRequestError (NotFoundError, AlreadyExistsError).
    """

    server: Server

    def observe(self, names: Iterable[str] | None) -> Mapping[str, ObservedModel]:
        """The models of these names (all if None) that exist, with all live versions.

        All leaves prompts out; a name that belongs to one gives a model with a prompt's tag.
        """

    def observe_for(self, desired: Iterable[DesiredModel]) -> Mapping[str, ObservedModel]:
        """Those of the desired models that exist, with the live versions that matter to them.

        Where a model has very many, those are the versions with a declared digest, else from a
        declared place, and those that an alias points to; such a model is not `complete`.
        """

    def find_by_digest(self, name: str, digest: str) -> tuple[ObservedVersion, ...]:
        """The live versions of a model that carry `digest`, lowest number first."""

    def get_version(self, name: str, number_or_alias: str) -> ObservedVersion:
        """One version, by number or as `@alias`."""

    def get_aliases(self, name: str) -> Mapping[str, int]:
        """Alias -> version number, as they are now."""

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """The registered model exists, with its description and tags. Sent once."""

    def create_version(
        self,
        name: str,
        stored: Stored,
        description: str,
        tags: Mapping[str, str],
    ) -> int:
        """A new version exists, complete with its tags; its number. Sent once."""

    def set_description(self, name: str, version: int | None, description: str) -> None:
        """The version (the model if None) has this description."""

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        """The version (the model if None) has this tag."""

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        """The version (the model if None) does not have this tag."""

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """The alias points to the version."""

    def delete_alias(self, name: str, alias: str) -> None:
        """The alias is gone."""

    def delete_version(self, name: str, version: int) -> None:
        """The version is gone; it may have been gone before."""

    def delete_model(self, name: str) -> None:
        """The model is gone with all its versions; it may have been gone before."""

    def use_mlflow(self) -> None:
        """MLflow's own functions go to this registry, until it is disconnected."""

    def get_location(self, name: str, version: int) -> str:
        """Where the version's files are, as a URI."""


class Store(Protocol):
    """Models as files: looking at them, and uploading them."""

    def read_file(self, location: str, name: str) -> bytes:
        """The file `name` at a location. Raises NotFoundError, ServerError."""

    def get_run(self, run_id: str) -> Run:
        """A run. Raises NotFoundError."""

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """A logged model. Raises NotFoundError."""

    def find_logged_models(self, run: Run, name: str) -> tuple[LoggedModel, ...]:
        """The logged models of that name that a run produced."""

    def get_run_data(self, run_ids: Collection[str]) -> Mapping[str, RunData]:
        """Parameters and metrics of those of the runs that there still are."""

    def hash_files(self, location: str) -> Iterator[tuple[str, str]]:
        """(path, SHA-256 in hex) of every file at a location, in the byte order of the paths.

        One file at a time is on this machine, whatever the size of all. Raises NotFoundError where
        there is none, ServerError.
        """

    def download(self, location: str, folder: Path) -> None:
        """All files at a location are in `folder`. Raises as `contents`."""

    def get_manifest(self, source: str, run_id: str | None) -> str | None:
        """The lines that the content digest of an upload is made of, if they were kept."""

    def check_upload_target(self) -> None:
        """Uploads have a place to go. Raises RefusedError where they have not."""

    def find_uploads(self, name: str, digest: str) -> tuple[tuple[Stored, bool], ...]:
        """Uploads for a registered model, oldest first; False for one that is not complete."""

    def has_files(self, stored: Stored, sizes: Mapping[str, int]) -> bool:
        """Whether all files are there in full: relative path -> size in bytes."""

    def begin_upload(self, name: str, digest: str) -> Stored:
        """A place to upload to exists; it does not count as complete."""

    def upload_file(self, stored: Stored, path: str, relative: str) -> None:
        """The file is in the store under its relative path."""

    def finish_upload(self, stored: Stored, manifest: str) -> None:
        """The upload counts as complete; `manifest` says which files it has."""

    def discard_upload(self, stored: Stored) -> None:
        """The upload is marked deleted; it may have been gone before."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A connected server or database: its registry, its artifact store, and notes to show.

    `is_remote` is True for a registry that is reached over HTTP: an MLflow server applies rules
    that a database does not, and may run on another machine.
    """

    registry: Registry
    store: Store
    notes: tuple[Note, ...]
    is_remote: bool

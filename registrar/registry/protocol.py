"""What registrar needs of a registry and of an artifact store, however they are reached.

Reads, and writes that may be repeated, are repeated by the implementation until the deadline.
`create_model` and `create_version` are sent once: after an OutcomeUnknownError the caller looks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from registrar.registry.copying import CopyingStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from registrar.changes.measurements import MetricPlaces
    from registrar.policy.rights import Rights, UploadRight
    from registrar.registry.stored_files import Listing
    from registrar.registry.version_facts import VersionFacts
    from registrar.state import (
        DesiredModel,
        File,
        Note,
        ObservedModel,
        ObservedVersion,
        RunData,
        Server,
        Stored,
    )
    from registrar.version_evidence import LoggedMetric, Measurements

__all__ = ["Backend", "LoggedModel", "Registry", "Run", "Store", "UploadRecord"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the tracking server. `started` is in milliseconds since 1970, UTC.

    `is_active` is False for a deleted run, `is_finished` True for one that ended without a failure.
    `steps` has the step at which each logged model was made, by its id.
    """

    run_id: str
    artifact_uri: str
    experiment_id: str
    is_active: bool
    is_finished: bool
    started: int
    data: RunData
    tags: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A logged model (MLflow 3). `created` is in milliseconds since 1970, UTC.

    `ready` is False while the model is being logged, or when that failed; `status` says which.
    `metrics` are all values that were ever logged for it.
    """

    model_id: str
    name: str
    location: str
    run_id: str | None
    status: str
    created: int
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[LoggedMetric, ...] = field(default=(), repr=False)

    @property
    def ready(self) -> bool:
        """Whether the model was logged in full."""
        return self.status == "READY"


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """What an upload says of its files.

    `manifest` has the lines that the content digest is made of. `mlmodel` is the hash of what stays
    in the MLmodel when the same model is saved again.
    """

    manifest: str
    mlmodel: str | None = None


class Registry(Protocol):
    """Registered models, versions, tags and aliases.

    Methods raise ServerError or InvalidRequestError (NotFoundError, AlreadyExistsError). A
    `version` of None means the model itself.
    """

    @property
    def server(self) -> Server:
        """The server or database, and its version."""

    def observe(self, names: Iterable[str] | None) -> Mapping[str, ObservedModel]:
        """Return the models of these names that exist, with all live versions.

        None means all models, prompts left out. A name that belongs to a prompt gives a model with
        a prompt's tag.
        """

    def observe_for(self, desired: Iterable[DesiredModel]) -> Mapping[str, ObservedModel]:
        """Return the desired models that exist, with the live versions that matter to them.

        Of a model with very many versions those are the ones with a declared digest, else from a
        declared place, and those that an alias points to; such a model is not `complete`. A
        desired version that the server is still making is waited for, within the timeout.
        """

    def find_by_digest(self, name: str, digest: str) -> tuple[ObservedVersion, ...]:
        """Return the live versions of a model with this digest, lowest number first.

        A version that the server is still making is waited for, within the timeout.
        """

    def find_names(self, digest: str) -> Mapping[str, int]:
        """Return the models that have a live version with this digest, and its lowest number."""

    def find_owned(self, owners: Collection[str]) -> Mapping[str, str]:
        """Return the owner of each model that has one of these; prompts are left out.

        Raises InvalidParameterError where the registry cannot search for owners.
        """

    def find_possible_users(
        self, uploads: Sequence[Stored], sources: Collection[tuple[str, int]]
    ) -> tuple[tuple[str, ObservedVersion], ...]:
        """Return (model, version) of all that may use an upload, or come from one of `sources`."""

    def get_version(self, name: str, selector: str) -> ObservedVersion:
        """Return one version, by its number, as `@alias`, or as `@` and the start of its digest.

        Raises NotFoundError; ConfigError for a start that versions of different content share.
        """

    def get_aliases(self, name: str) -> Mapping[str, int]:
        """Return the version number of each alias; nothing for a model that does not exist."""

    def read_rights(self, names: Iterable[str]) -> Rights | None:
        """Return the user's rights on the models of these names; None where they are not told."""

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """Create a registered model. Sent once."""

    def create_version(
        self,
        name: str,
        stored: Stored,
        description: str,
        tags: Mapping[str, str],
    ) -> int:
        """Create a version, complete with its tags, and return its number. Sent once.

        Raises IncompleteError where the server is still making it after the timeout, and
        InvalidRequestError where it could not make it.
        """

    def set_description(self, name: str, version: int | None, description: str) -> None:
        """Replace a description."""

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        """Create or replace a tag."""

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        """Delete a tag, if it exists."""

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias to a version."""

    def delete_alias(self, name: str, alias: str) -> None:
        """Delete an alias, if it exists."""

    def delete_version(self, name: str, version: int) -> None:
        """Delete a version, if it exists."""

    def delete_model(self, name: str) -> None:
        """Delete a model with all its versions, if it exists."""

    def use_mlflow(self) -> None:
        """Let MLflow's own functions go to this registry, until it is disconnected."""

    def get_location(self, name: str, version: int) -> str:
        """Return where a version's files are, as a URI."""


class Store(CopyingStore, Protocol):
    """Models as files: reading them, and uploading them. Methods raise ServerError."""

    def read_file(self, location: str, name: str) -> bytes:
        """Return the content of the file `name` at a location. Raises NotFoundError."""

    def check_location(self, location: str) -> None:
        """Raise RefusedError where a location leads to a host that may not be contacted."""

    def get_run(self, run_id: str, *, deleted: bool = False) -> Run:
        """Return a run. Raises NotFoundError, for a deleted one too unless `deleted` is True."""

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model. Raises NotFoundError."""

    def find_logged_models(self, run: Run, name: str | None) -> tuple[LoggedModel, ...]:
        """Return the logged models that a run produced; those of one name, if it is given."""

    def read_version_facts(self, versions: Sequence[ObservedVersion]) -> list[VersionFacts]:
        """Return what runs, logged models and uploads tell of each version.

        It is read in pages for all together; nothing of it is kept. Raises as `read_measurements`.
        """

    def read_measurements(
        self, places: Sequence[MetricPlaces], keys: Collection[str] | None = None
    ) -> list[Measurements]:
        """Return what is known of the metrics of each version, read in pages for all together.

        Nothing else than `keys` is looked for where they are given: no request is sent for what a
        version's own tag or its logged model tells. Raises ServerError for a look that failed.
        """

    def hash_files(self, location: str) -> Iterator[tuple[str, str]]:
        """Yield (path, SHA-256 in hex) of every file at a location, in byte order of the paths.

        A few files at a time are read, and at most one is on this machine. Raises NotFoundError
        where there is no file.
        """

    def list_files(self, location: str) -> Listing | None:
        """Return the files at a location; None where it takes more than a request, or a right.

        A folder of this machine is listed with all below it, another store at the root alone.
        """

    def download(self, location: str, folder: Path) -> Mapping[str, str]:
        """Write all files at a location into `folder`; return the SHA-256 of each, in hex, by path.

        Raises as `hash_files`.
        """

    def get_upload_record(self, source: str, run_id: str | None) -> UploadRecord | None:
        """Return what the upload that a version is made from says of its files, if it does."""

    def check_upload_target(self, files: Iterable[File]) -> None:
        """Check that uploads have a place, which can hold these files. Raises RefusedError."""

    def read_upload_right(self) -> UploadRight | None:
        """Return the user's right on the experiment of uploads; None where it is not told."""

    def find_uploads(self, name: str, digest: str) -> tuple[tuple[Stored, bool], ...]:
        """Return the uploads for a registered model, oldest first, and whether each is complete."""

    def find_upload(self, source: str, run_id: str | None, digest: str) -> Stored | None:
        """Return the upload that a version with this source, run and digest is made from.

        None for what registrar did not upload, and for an upload that is deleted.
        """

    def has_files(self, stored: Stored, sizes: Mapping[str, int]) -> bool:
        """Return whether all files are stored in full; `sizes` are bytes by relative path."""

    def begin_upload(self, name: str, digest: str, mlmodel: str | None = None) -> Stored:
        """Create a place for an upload; it does not count as complete.

        `mlmodel` is that of its record.
        """

    def upload_files(
        self, stored: Stored, files: Sequence[File], check: Callable[[], object]
    ) -> Iterator[str]:
        """Store files under their relative paths; yield the SHA-256 of what was stored of each.

        It is that of the bytes that were sent, in hex, in the order of the files. `check` is called
        before each file, and may raise. Raises FileChangedError.
        """

    def finish_upload(self, stored: Stored, manifest: str) -> None:
        """Let an upload count as complete; `manifest` says which files it has."""

    def discard_upload(self, stored: Stored) -> None:
        """Mark an upload as deleted, if it exists."""


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

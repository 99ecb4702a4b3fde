"""Models as files: found, read and uploaded, in whichever store they lie."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from registrar.errors import (
    AccessDeniedError,
    InvalidParameterError,
    NotFoundError,
    Problem,
    RefusedError,
)
from registrar.registry import artifact_reads
from registrar.registry.artifact_writes import Place, copy_files, upload_files
from registrar.registry.bulk_reads import read_version_facts
from registrar.registry.http.artifacts import HttpFiles, is_proxied, name_problem
from registrar.registry.http.rights import read_upload_right
from registrar.registry.http.session import Session
from registrar.registry.local_files import LocalFiles
from registrar.registry.measurements import read_measurements
from registrar.registry.mlflow_files import MlflowFiles
from registrar.registry.mlflow_settings import moves_parts
from registrar.registry.pages import read_pages
from registrar.registry.tracking_reads import TrackingReader, plain_id
from registrar.registry.translate_errors import MissingEndpointError
from registrar.registry.uploads import Uploads
from registrar.registry.version_policy import no_logged_models
from registrar.uris import (
    DirectoryUri,
    LoggedModelUri,
    RunUri,
    VersionUri,
    is_http,
    parse_source,
    scheme_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeVar

    from registrar.changes.measurements import MetricPlaces
    from registrar.policy.rights import UploadRight
    from registrar.registry.connection import Connection
    from registrar.registry.copying import CopyingStore
    from registrar.registry.mlflow_settings import Way
    from registrar.registry.protocol import LoggedModel, Run, UploadRecord
    from registrar.registry.stored_files import Listing, StoredFiles
    from registrar.registry.version_facts import VersionFacts
    from registrar.state import File, ObservedVersion, Stored
    from registrar.version_evidence import Measurements

    T = TypeVar("T")

__all__ = ["ArtifactStore"]

LISTED_SCHEMES = {"s3"}  # of the stores that MLflow's clients list in one request


class ArtifactStore:
    """See `protocol.Store`. Uploads go to `experiment`, which is created when the first begins."""

    def __init__(self, connection: Connection, experiment: str) -> None:
        self.connection = connection
        self.retry = connection.tracking_retry
        self.api = connection.tracking_api
        self.uploads = Uploads(self.api, self.retry, experiment)
        self.reader = TrackingReader(self.api, self.retry)

    def read_file(self, location: str, name: str) -> bytes:
        """See `Store`."""
        return artifact_reads.read_file(self.retry, self.open_files(location), name)

    def check_location(self, location: str) -> None:
        """See `Store`."""
        self.open_files(location)

    def get_run(self, run_id: str, *, deleted: bool = False) -> Run:
        """See `Store`."""
        run = self._get(lambda: self.api.get_run(run_id))
        if not run.is_active and not deleted:
            raise NotFoundError(f"the run {run_id} is deleted")
        return run

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """See `Store`."""
        try:
            return self._get(lambda: self.api.get_logged_model(model_id))
        except MissingEndpointError:
            if is_http(self.connection.tracking_uri):
                raise no_logged_models(self.connection.server) from None
            raise  # MLflow in this process is too old, and its error says so

    def find_logged_models(self, run: Run, name: str | None) -> tuple[LoggedModel, ...]:
        """See `Store`."""
        where = f"source_run_id = '{plain_id(run.run_id)}'"
        ids = [run.experiment_id]
        models = read_pages(
            self.retry, lambda token: self.api.search_logged_models(ids, where, token)
        )
        try:
            return tuple(m for m in models if name in {None, m.name} and m.run_id == run.run_id)
        except (
            InvalidParameterError,
            NotFoundError,
            MissingEndpointError,
        ):  # a server without logged models
            return ()

    def read_version_facts(self, versions: Sequence[ObservedVersion]) -> list[VersionFacts]:
        """See `Store`."""
        return read_version_facts(self.reader, self._get_version, versions)

    def read_measurements(
        self, places: Sequence[MetricPlaces], keys: Collection[str] | None = None
    ) -> list[Measurements]:
        """See `Store`."""
        return read_measurements(self.reader, self._get_version, places, keys)

    def hash_files(self, location: str) -> Iterator[tuple[str, str]]:
        """See `Store`."""
        return artifact_reads.hash_files(self.retry, self.open_files(location))

    def list_files(self, location: str) -> Listing | None:
        """See `Store`."""
        files = self.open_files(location)
        if isinstance(files, MlflowFiles) and scheme_of(files.location) not in LISTED_SCHEMES:
            return None
        is_deep = isinstance(files, LocalFiles)
        try:
            return artifact_reads.list_files(self.retry, files, is_deep=is_deep)
        except (AccessDeniedError, NotFoundError):  # who may read a file need not list them
            return None

    def download(self, location: str, folder: Path) -> Mapping[str, str]:
        """See `Store`."""
        return artifact_reads.download(self.retry, self.open_files(location), folder)

    def list_streamed(self, location: str) -> tuple[File, ...] | None:
        """See `Store`."""
        files = self.open_files(location)
        if not isinstance(files, HttpFiles) or not isinstance(files.transport, Session):
            return None
        return artifact_reads.list_sized(self.retry, files)

    def takes_streams(self) -> bool:
        """See `Store`."""
        transport = self.connection.rest_transport(self.connection.tracking_uri)
        if not isinstance(transport, Session) or moves_parts("UPLOAD"):
            return False
        location = self.uploads.find_location()
        return location is not None and is_proxied(location)

    def get_upload_record(self, source: str, run_id: str | None) -> UploadRecord | None:
        """See `Store`."""
        return self.uploads.get_record(source, run_id)

    def check_upload_target(self, files: Iterable[File]) -> None:
        """See `Store`."""
        self.uploads.check_experiment()
        problems = [
            Problem(
                "file-name-not-storable",
                f"{self.retry.where} cannot store {str(file.path)!r}: its name holds {reason}",
                "Rename the file, and save the model again.",
            )
            for file in files
            if (reason := name_problem(file.relative)) is not None
        ]
        if problems and self._serves_uploads():
            raise RefusedError(*problems)

    def read_upload_right(self) -> UploadRight | None:
        """See `Store`. Each request is sent once."""
        transport = self.connection.transports[self.connection.tracking_uri]
        uploads = self.uploads
        return read_upload_right(transport, uploads.experiment, uploads.find_experiment_id)

    def find_uploads(self, name: str, digest: str) -> tuple[tuple[Stored, bool], ...]:
        """See `Store`."""
        return self.uploads.find(name, digest)

    def find_upload(self, source: str, run_id: str | None, digest: str) -> Stored | None:
        """See `Store`."""
        return self.uploads.find_source(source, run_id, digest)

    def has_files(self, stored: Stored, sizes: Mapping[str, int]) -> bool:
        """See `Store`."""
        return artifact_reads.has_files(self.retry, self.open_files(stored.location), sizes)

    def begin_upload(self, name: str, digest: str, mlmodel: str | None = None) -> Stored:
        """See `Store`."""
        return self.uploads.begin(name, digest, mlmodel)

    def upload_files(
        self, stored: Stored, files: Sequence[File], check: Callable[[], object]
    ) -> Iterator[str]:
        """See `Store`."""
        return upload_files(self.retry, self.open_files(stored.location, "UPLOAD"), files, check)

    def copy_files(
        self,
        stored: Stored,
        origin: CopyingStore,
        location: str,
        files: Sequence[File],
        check: Callable[[], object],
    ) -> Iterator[str]:
        """See `Store`."""
        assert isinstance(origin, ArtifactStore)
        source, target = origin.open_files(location), self.open_files(stored.location, "UPLOAD")
        assert isinstance(source, HttpFiles)
        assert isinstance(target, HttpFiles)
        return copy_files(Place(origin.retry, source), Place(self.retry, target), files, check)

    def finish_upload(self, stored: Stored, manifest: str) -> None:
        """See `Store`."""
        self.uploads.finish(stored, manifest)

    def discard_upload(self, stored: Stored) -> None:
        """See `Store`."""
        self.uploads.discard(stored)

    def _serves_uploads(self) -> bool:
        """Return whether the server itself takes uploads in, or might do so."""
        location = self.uploads.find_location()
        return is_http(self.connection.tracking_uri) if location is None else is_proxied(location)

    def open_files(self, location: str, way: Way = "DOWNLOAD") -> StoredFiles:
        """Return the files at a location, to move them one way.

        Raises NotFoundError for what no server has.

        Raises RefusedError for a location on a host that may not be contacted.
        """
        connection = self.connection
        connection.check_host(location)
        transport = connection.transports[connection.tracking_uri]
        registry = connection.registry_api
        match parse_source(location):
            case VersionUri(name=name, version=int(number)):
                location = self._get(partial(registry.get_location, name, number))
                return self.open_files(location, way)
            case VersionUri(name=name, alias=str(alias)):
                version = self._get(partial(registry.get_version_by_alias, name, alias))
                return self.open_files(f"models:/{name}/{version.number}", way)
            case LoggedModelUri(model_id=model_id):
                return self.open_files(self.get_logged_model(model_id).location, way)
            case RunUri(run_id=run_id, path=path):
                root = self.get_run(run_id).artifact_uri.rstrip("/")
                return self.open_files(f"{root}/{path}", way)
            case DirectoryUri() as uri:
                return LocalFiles(uri)
            case _:
                pass
        if transport is not None and is_proxied(location) and not moves_parts(way):
            return HttpFiles(transport, location)
        connection.prepare_mlflow(location)
        return MlflowFiles(location, connection.timeout, connection.stop)

    def _get_version(self, name: str, number: int) -> ObservedVersion:
        return self._get(lambda: self.connection.registry_api.get_version(name, number))

    def _get(self, request: Callable[[], T]) -> T:
        """Return what a request by id gives; an id of the wrong form counts as unknown."""
        try:
            return self.retry.call(request)
        except NotFoundError:
            raise
        except InvalidParameterError as error:
            raise NotFoundError(*(problem.message for problem in error.problems)) from None

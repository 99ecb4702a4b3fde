"""A database that does not exist yet, read without creating it."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, NoReturn

from registrar.changes.measurements import combine
from registrar.config.hosts import check_source_host
from registrar.config.permissions import read_permissions
from registrar.errors import NotFoundError, RefusedError
from registrar.registry import artifact_reads
from registrar.registry.local_files import LocalFiles
from registrar.registry.mlflow_files import MlflowFiles
from registrar.registry.mlflow_settings import mlflow_settings
from registrar.registry.retry import Retry
from registrar.state import Server
from registrar.uris import (
    DirectoryUri,
    LoggedModelUri,
    RunUri,
    StoreUri,
    VersionUri,
    parse_source,
    safe_uri,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from registrar.changes.measurements import MetricPlaces
    from registrar.registry.version_facts import VersionFacts
    from registrar.state import DesiredModel, File, ObservedModel, ObservedVersion
    from registrar.version_evidence import Measurements

__all__ = ["MissingRegistry", "MissingStore"]


class MissingRegistry:
    """See `protocol.Registry`. It has no models, and takes no writes."""

    def __init__(self, uri: str) -> None:
        self.server = Server(uri, uri, installed_version("mlflow"))

    def observe(self, names: Iterable[str] | None) -> Mapping[str, ObservedModel]:
        """Return no models."""
        del names
        return {}

    def observe_for(self, desired: Iterable[DesiredModel]) -> Mapping[str, ObservedModel]:
        """Return no models."""
        del desired
        return {}

    def find_by_digest(self, name: str, digest: str) -> tuple[ObservedVersion, ...]:
        """Return no versions."""
        del name, digest
        return ()

    def find_owned(self, owners: Iterable[str]) -> dict[str, str]:
        """Return no models."""
        del owners
        return {}

    def get_aliases(self, name: str) -> Mapping[str, int]:
        """Return no aliases."""
        del name
        return {}

    def read_rights(self, names: Iterable[str]) -> None:
        """Return nothing: a database knows no users."""
        del names

    def _refuse(self, *_: object) -> NoReturn:
        """Raise NotFoundError."""
        raise _not_found(self.server.registry_uri)

    def find_names(self, digest: str) -> dict[str, int]:
        """Return nothing."""
        del digest
        return {}

    get_version = get_location = _refuse
    create_model = create_version = set_description = set_tag = delete_tag = _refuse
    set_alias = delete_alias = delete_version = delete_model = use_mlflow = _refuse
    find_possible_users = _refuse


class MissingStore:
    """See `protocol.Store`. It has no runs and takes no files, but reads files of other places."""

    def __init__(self, uri: str, timeout: float) -> None:
        self.uri = uri
        self.timeout = timeout

    def read_file(self, location: str, name: str) -> bytes:
        """See `Store`."""
        retry = Retry(safe_uri(location), self.timeout)
        match parse_source(location):
            case DirectoryUri() as uri:
                return artifact_reads.read_file(retry, LocalFiles(uri), name)
            case RunUri() | LoggedModelUri() | VersionUri():
                raise _not_found(self.uri)
            case StoreUri() | None:
                problem = check_source_host(location, self.uri, read_permissions())
                if problem is not None:
                    raise RefusedError(problem)
                with mlflow_settings(self.uri, self.uri, self.timeout):
                    files = MlflowFiles(location, self.timeout)
                    return artifact_reads.read_file(retry, files, name)

    def list_files(self, location: str) -> None:
        """Return nothing: `apply` lists the files when the database is there."""
        del location

    def list_streamed(self, location: str) -> None:
        """Return nothing: what has to be read is downloaded."""
        del location

    def takes_streams(self) -> bool:
        """Return False: it takes no files."""
        return False

    def read_upload_right(self) -> None:
        """Return nothing: a database knows no users."""

    def check_upload_target(self, files: Iterable[File]) -> None:
        """Do nothing: the place for uploads is made with the database, on this machine."""

    def read_measurements(
        self, places: Sequence[MetricPlaces], keys: Collection[str] | None = None
    ) -> list[Measurements]:
        """Return what a configuration declares; there are no runs and no logged models."""
        return [combine({}, {}, place.recorded, keys) for place in places]

    def read_version_facts(self, versions: Sequence[ObservedVersion]) -> list[VersionFacts]:
        """Return nothing: there are no versions."""
        del versions
        return []

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        """Raise NotFoundError."""
        raise _not_found(self.uri)

    get_run = get_logged_model = find_logged_models = get_upload_record = _refuse
    hash_files = download = find_uploads = find_upload = has_files = _refuse
    check_location = copy_files = begin_upload = upload_files = finish_upload = discard_upload = (
        _refuse
    )


def _not_found(uri: str) -> NotFoundError:
    return NotFoundError(f"{safe_uri(uri)} does not exist yet; apply creates it")

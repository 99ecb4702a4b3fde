"""Artifacts in stores that MLflow has the clients for, such as S3."""

from __future__ import annotations

import contextlib
import posixpath
import re
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from registrar import progress
from registrar.content.digest import hash_file
from registrar.errors import (
    AccessDeniedError,
    ConfigError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    Problem,
    RegistrarError,
)
from registrar.registry.deadline import Deadline, call_within
from registrar.registry.failures import classify
from registrar.registry.http.transport import DOWNLOAD_SPEED
from registrar.registry.mlflow_settings import extend_timeout
from registrar.registry.moving_files import GrowingFolder, reading
from registrar.registry.stored_files import FileChangedError, StoredFile
from registrar.registry.translate_errors import (
    ABSENT_CODES,
    DENIED_CODES,
    clean_message,
    lasting_failure,
    missing_package,
    translated,
    unexpected_reply,
)
from registrar.scratch import check_space, full_disk_told, scratch_folder
from registrar.uris import is_http, safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MlflowFiles"]

T = TypeVar("T")

LIKELY_SIZE = 10**9  # bytes of a file whose size the store does not tell: it says how long to wait
SERVED_FILES = "/mlflow-artifacts/artifacts"  # in an address whose files an MLflow server serves

# What the clients of the stores say, where an error has no status of its own.
ABSENT = re.compile(r"\b404\b|NoSuchKey|NoSuchBucket|Not Found|No such|does not exist")
DENIED = re.compile(
    r"\b40[13]\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|NoCredentials"
    r"|Unable to locate credentials|[Pp]artial credentials|DefaultCredentialsError"
)
REFUSALS = {402, 405, 413, 507}
LIMITS = re.compile(r"EntityTooLarge|Quota|StorageFull|InsufficientStorage")
ADDRESS = re.compile(r"\S+:/\S*")  # numbers in an address are no status
# A bug: of registrar's where it calls the client of a store wrongly, else of that client's, which
# a store with odd replies may bring about. Trying again does not help.
PROGRAMMING_ERRORS = (AssertionError, AttributeError, LookupError, NameError, TypeError)


class MlflowFiles:
    """See `StoredFiles`. MLflow's settings must be in place; `timeout` is theirs, in seconds.

    The clients of some stores have no deadline, so each call has a thread, which is left alone
    where the deadline is over. `stop` says whether the run was stopped.
    """

    is_local = False
    parallel = 1  # the clients of the stores have threads of their own

    def __init__(
        self, location: str, timeout: float, stop: Callable[[], bool] = lambda: False
    ) -> None:
        self.location = location
        self.timeout = timeout
        self.stop = stop
        self.where = safe_uri(location)
        self._repository: Any = None
        # Other stores may keep a file compressed, and tell the size of that.
        self._tells_sizes = location.startswith("mlflow-artifacts:") or SERVED_FILES in location
        self._listed: dict[str, StoredFile] = {}

    def list_folder(self, folder: str) -> list[StoredFile]:
        """See `StoredFiles`."""
        entries = self._call(
            Deadline(self.timeout, None, self.stop),
            lambda repository: list(repository.list_artifacts(folder or None)),
        )
        files = [StoredFile(entry.path, entry.file_size, entry.is_dir) for entry in entries]
        self._listed |= {file.path: file for file in files if not file.is_folder}
        return files

    def read(self, path: str, limit: int) -> bytes:
        """See `StoredFiles`."""
        with scratch_folder() as scratch:
            return self._fetch(path, scratch, limit).read_bytes()

    def hash(self, file: StoredFile) -> str:
        """See `StoredFiles`."""
        with scratch_folder() as scratch:
            check_space(scratch, file.size or 0)
            copy = self._fetch(file.path, scratch)
            progress.grow("hashing", copy.stat().st_size)
            return hash_file(copy)

    def save(self, file: StoredFile, target: Path) -> str:
        """See `StoredFiles`."""
        with scratch_folder(target.parent) as scratch:
            self._fetch(file.path, scratch).replace(target)
        progress.grow("hashing", target.stat().st_size)
        return hash_file(target)

    def _fetch(self, path: str, scratch: Path, limit: int | None = None) -> Path:
        """Return a file in a temporary folder. Raises ConfigError where the disk is full.

        A store tells of a missing folder more clearly than of a missing file.
        """
        with full_disk_told(scratch):
            return self._download(path, scratch, limit)

    def _download(self, path: str, scratch: Path, limit: int | None) -> Path:
        if path not in self._listed:
            self.list_folder(posixpath.dirname(path))
        if path not in self._listed:
            raise NotFoundError(f"{self.where} has no {path}")
        file, folder = self._listed[path], GrowingFolder(scratch)
        expected = LIKELY_SIZE if file.size is None else file.size

        def watch() -> None:
            folder.count()
            if limit is not None and max(folder.size, file.size or 0) > limit:
                raise unexpected_reply(self.where, f"{path} has more than {limit:,} bytes")
            if self._tells_sizes and folder.size > file.most:
                message = "a file has more bytes than its folder says"
                raise unexpected_reply(self.where, message)

        watch()
        copy = Path(
            self._call(
                Deadline(self.timeout + expected / DOWNLOAD_SPEED, None, self.stop),
                lambda repository: repository.download_artifacts(path, str(scratch)),
                watch,
            )
        )
        watch()
        if self._tells_sizes and folder.size < (file.size or 0):
            raise unexpected_reply(self.where, "a file has fewer bytes than its folder says")
        return copy

    def upload(self, file: Path, path: str, extra: float) -> str:
        """See `StoredFiles`. The file has the name that it is stored under."""
        extend_timeout(self.timeout + extra)
        folder = posixpath.dirname(path) or None
        # The client does not tell which bytes it has sent.
        with _check_unchanged(file):
            # MlflowClient.log_model_artifact takes no folder before MLflow 3.16; this always did.
            self._call(
                Deadline(self.timeout + extra),
                lambda repository: repository.log_artifact(str(file), folder),
            )
            return hash_file(file)

    def _call(
        self,
        deadline: Deadline,
        request: Callable[[Any], T],
        watch: Callable[[], object] = lambda: None,
    ) -> T:
        """Return the result of a call to MLflow's client of the store, its failures translated."""
        try:
            if self._repository is None:  # before the clock starts: the first import takes long
                self._repository = _open(self.location)
            return call_within(deadline, partial(request, self._repository), watch)
        except TimeoutError as error:
            with translated(self.where):  # the store is silent, not the tracking server
                raise classify(error) from None
        except (RegistrarError, MemoryError):
            raise
        except PROGRAMMING_ERRORS as error:
            if _is_raised_here(error):
                raise
            message = f"{self.where}: MLflow's client of the store fails: {type(error).__name__}"
            raise lasting_failure(f"{message}: {clean_message(error)}") from None
        except ModuleNotFoundError as error:
            raise missing_package(self.where, error.name or "a package") from None
        except NotImplementedError:
            message = f"MLflow's client of the store at {self.where} cannot do that"
            raise ConfigError(Problem("unsupported-store", message)) from None
        except Exception as error:  # stores fail in many ways
            raise translate_store_error(error, self.where) from None


@contextlib.contextmanager
def _check_unchanged(file: Path) -> Iterator[None]:
    """Raise FileChangedError where anybody wrote to a file before the block ends, or removed it."""
    before = _read_state(file)
    try:
        yield
    finally:
        if _read_state(file) != before:
            raise FileChangedError(f"{file} changed while it was sent")


def _read_state(file: Path) -> tuple[int, ...]:
    """Return what is different after a write to a file."""
    with reading(file):
        status = file.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_raised_here(error: BaseException) -> bool:
    """Return whether an error comes from a line of registrar, not of a library that it calls."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__")).startswith("registrar.")


def _open(location: str) -> Any:
    """Return MLflow's client of the store. Raises ConfigError where MLflow knows none."""
    if is_http(location) and SERVED_FILES not in location:
        message = f"MLflow reads no models from {safe_uri(location)}"
        hint = f"Name a model that a store holds; of a web address MLflow needs {SERVED_FILES}."
        raise ConfigError(Problem("unknown-store", message, hint))
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    try:
        return get_artifact_repository(location)
    except MlflowException as error:  # nothing is asked of the store so far
        if str(error.error_code) in ABSENT_CODES:
            raise
        hint = "Correct the URI, or install the plugin for its store."
        message = f"MLflow knows no store for {safe_uri(location)}: {clean_message(error)}"
        raise ConfigError(Problem("unknown-store", message, hint)) from None


def translate_store_error(error: Exception, where: str) -> RegistrarError:
    """Return the error that tells of a store's failure: by its status if it has one, else by words."""
    words, status = clean_message(error), _status(error)
    bare = ADDRESS.sub("", words)
    code = getattr(error, "error_code", None)  # MLflow's own
    if status in {401, 403} or code in DENIED_CODES or (status is None and DENIED.search(bare)):
        hint = "Check the credentials of the artifact store, or set verify: false."
        return AccessDeniedError(Problem("access-denied", f"{where} refuses: {words}", hint))
    is_absent = status == 404 or code in ABSENT_CODES or isinstance(error, FileNotFoundError)
    if is_absent or (status is None and ABSENT.search(bare)):
        return NotFoundError(f"{where} has no model: {words}")
    if isinstance(error, PermissionError | ValueError):
        return lasting_failure(f"{where}: {words}")
    if status in REFUSALS or ((status is None or status < 500) and LIMITS.search(bare)):
        return InvalidRequestError(f"{where} does not accept the file: {words}")
    return OutcomeUnknownError(f"{where} did not answer: {words}")


def _status(error: Any) -> int | None:
    """Return the HTTP status that requests, botocore and the clients of Azure and Google give."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        places = [response.get("ResponseMetadata", {}).get("HTTPStatusCode")]
    else:
        places = [getattr(response, "status_code", None)]
    places += [getattr(error, "status_code", None), getattr(error, "code", None)]
    return next((place for place in places if isinstance(place, int)), None)

"""Looking at files in any artifact store MLflow knows, and telling its failures apart."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from registrar.errors import (
    AccessDeniedError,
    ConfigError,
    NotFoundError,
    OutcomeUnknownError,
    Problem,
    RegistrarError,
    ServerError,
)
from registrar.registry.retry import ABSENT as ABSENT_CODES
from registrar.registry.retry import DENIED as DENIED_CODES
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from registrar.registry.retry import Attempts

__all__ = ["listing", "looked", "read", "repository"]

T = TypeVar("T")

# What the clients of the stores say, where an error has no status of its own.
ABSENT = re.compile(r"\b404\b|NoSuchKey|NoSuchBucket|Not Found|No such|does not exist")
DENIED = re.compile(
    r"\b40[13]\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|NoCredentials"
    r"|Unable to locate credentials|[Pp]artial credentials|DefaultCredentialsError"
)
ADDRESS = re.compile(r"\S+:/\S*")  # numbers in an address are no status


def read(attempts: Attempts, location: str, name: str) -> bytes:
    """The file `name` at a location. Raises NotFoundError, ConfigError, ServerError."""

    def look() -> bytes:
        import mlflow

        if name not in listing(location, None):
            raise NotFoundError(f"{safe_uri(location)} has no {name}")
        with tempfile.TemporaryDirectory(prefix="registrar-") as folder:
            uri = f"{location.rstrip('/')}/{name}"
            path = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)
            return Path(path).read_bytes()

    return looked(attempts, location, look)


def listing(location: str, folder: str | None) -> dict[str, int | None]:
    """Path below `location` -> size, for what lies in one folder."""
    found = repository(location).list_artifacts(folder)
    return {info.path: info.file_size for info in found if not info.is_dir}


def repository(location: str) -> Any:
    """MLflow's reader of the store at a location. Raises ConfigError where MLflow knows none."""
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    try:
        return get_artifact_repository(location)
    except MlflowException as error:  # nothing is asked of the store so far
        if str(error.error_code) == "RESOURCE_DOES_NOT_EXIST":
            raise
        hint = "Correct the URI, or install the plugin for its store."
        message = f"MLflow knows no store for {safe_uri(location)}: {' '.join(str(error).split())}"
        raise ConfigError(Problem("todo", message, hint)) from None


def looked(attempts: Attempts, location: str, call: Callable[[], T], extra: float = 0) -> T:
    """What `call` finds. Stores fail in many ways: by status where there is one, else by words."""

    def told_apart() -> T:
        attempts.mlflow()
        try:
            return call()
        except (RegistrarError, MemoryError):
            raise
        except ModuleNotFoundError as error:
            message = f"{safe_uri(location)}: its store needs the package {error.name}"
            raise ConfigError(Problem("todo", message, f"pip install {error.name}")) from None
        except Exception as error:
            raise _told(error, safe_uri(location), attempts.said(error)) from None

    return attempts.repeat(told_apart, extra)


def _told(error: Exception, where: str, words: str) -> RegistrarError:
    status, bare = _status(error), ADDRESS.sub("", words)
    code = getattr(error, "error_code", None)  # MLflow's own
    if status in {401, 403} or code in DENIED_CODES or (status is None and DENIED.search(bare)):
        hint = "Check the credentials of the artifact store, or set verify: false."
        return AccessDeniedError(Problem("todo", f"{where} refuses: {words}", hint))
    if (
        status == 404
        or code in ABSENT_CODES
        or (status is None and ABSENT.search(bare))
        or isinstance(error, FileNotFoundError | NotADirectoryError)
    ):
        return NotFoundError(f"{where} has no model: {words}")
    if isinstance(error, PermissionError):
        return ServerError(f"{where}: {words}")
    return OutcomeUnknownError(f"{where} did not answer: {words}")


def _status(error: Any) -> int | None:
    """The HTTP status that requests, botocore and the clients of Azure and Google give."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        places = [response.get("ResponseMetadata", {}).get("HTTPStatusCode")]
    else:
        places = [getattr(response, "status_code", None)]
    places += [getattr(error, "status_code", None), getattr(error, "code", None)]
    return next((found for found in places if isinstance(found, int)), None)

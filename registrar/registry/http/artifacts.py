"""A file of a model, read without MLflow's artifact stores where that is simple.

That is what lies on this machine, and what the server hands out itself; both are where models are
that were logged to it. For all other stores MLflow has the clients.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from urllib3.exceptions import HTTPError

from registrar.errors import NotFoundError
from registrar.registry.http.client import RestError, failure
from registrar.uris import DirectoryUri, StoreUri, parse_source, safe_uri

if TYPE_CHECKING:
    from registrar.registry.http.client import RestClient
    from registrar.registry.http.session import Session

__all__ = ["read_directly"]

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


def read_directly(client: RestClient, location: str, name: str) -> bytes | None:
    """The file `name` at a location; None where MLflow has to be asked.

    Raises NotFoundError, and RestError for what the server answers.
    """
    match parse_source(location):
        case DirectoryUri(path=folder):
            return _local(Path(folder, name), location)
        case StoreUri(scheme="mlflow-artifacts", host="", path=folder):
            return _handed_out(client.tracking, f"{folder.strip('/')}/{name}", location)
        case _:
            return None


def _local(path: Path, location: str) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{safe_uri(location)} has no {path.name}") from None


def _handed_out(session: Session, path: str, location: str) -> bytes:
    try:
        answer = session.request("GET", f"{ARTIFACTS}/{quote(path)}")
    except HTTPError as error:
        raise RestError(f"the request for {path} failed with exception {error}") from error
    if answer.status == 404:
        raise NotFoundError(f"{safe_uri(location)} has no {path.rpartition('/')[2]}")
    if answer.status != 200:
        raise failure(path, answer.status, answer.data)
    return answer.data

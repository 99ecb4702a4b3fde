"""A file of a model, read without MLflow's artifact stores where that is simple.

That is what lies on this machine, and what the server hands out itself; both are where models are
that were logged to it. For all other stores MLflow has the clients.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from urllib3.exceptions import HTTPError

from registrar.content.directory import local_path
from registrar.errors import ConfigError, NotFoundError
from registrar.registry.http.client import RestError, failure
from registrar.uris import safe_uri, scheme_of

if TYPE_CHECKING:
    from registrar.registry.http.client import RestClient
    from registrar.registry.http.session import Session

__all__ = ["read_directly"]

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
VERSION = re.compile(r"models:/+(?P<name>[^/]+)/(?P<number>\d+)")


def read_directly(client: RestClient, location: str, name: str) -> bytes | None:
    """The file `name` at a location; None where MLflow has to be asked.

    Raises NotFoundError, and RestError for what the server answers.
    """
    if match := VERSION.fullmatch(location):
        location = client.get_model_version_download_uri(match["name"], match["number"])
    scheme = scheme_of(location)
    if scheme in {"", "file"}:
        return _local(location, name)
    if scheme == "mlflow-artifacts" and not location.startswith("mlflow-artifacts://"):
        inside = location.partition(":")[2].strip("/")
        return _handed_out(client.tracking, f"{inside}/{name}", location)
    return None


def _local(location: str, name: str) -> bytes | None:
    try:
        return Path(local_path(location), name).read_bytes()
    except ConfigError:  # another machine's
        return None
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{safe_uri(location)} has no {name}") from None


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

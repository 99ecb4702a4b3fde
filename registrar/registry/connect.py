"""Connect to the registry and the artifact store that a server configuration names."""

from __future__ import annotations

import contextlib
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from registrar.uris import is_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from registrar.registry.protocol import Backend, Registry

__all__ = ["connect"]


@contextlib.contextmanager
def connect(
    server: Mapping[str, Any],
    *,
    writes: bool,
    plans: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Backend]:
    """Connect to the server or database of a valid `server` configuration.

    The server has answered, and its version is accepted. With `writes=False` nothing is created: a
    database that does not exist yet is read as empty. With `plans` the server needs all that a plan
    may hold, as with `writes`. Raises ServerError when the server cannot be
    reached within `server.timeout` seconds, and RefusedError when it is too old. Once `stop` returns
    True, nothing is waited for but replies to writes.
    """
    from registrar.registry.artifacts import ArtifactStore
    from registrar.registry.client import RegistryClient
    from registrar.registry.connection import Connection
    from registrar.registry.database import file_lock, is_missing
    from registrar.registry.http.credentials import read_credentials
    from registrar.registry.missing_database import MissingRegistry, MissingStore
    from registrar.registry.protocol import Backend
    from registrar.registry.version_policy import check_server_version

    settings = _with_defaults(server)
    credentials = read_credentials(settings)
    tracking, timeout = settings["tracking_uri"], settings["timeout"]
    registry = settings["registry_uri"] or tracking
    missing = MissingRegistry(registry) if not writes and is_missing(registry) else None
    if missing is not None and is_missing(tracking):
        yield Backend(missing, MissingStore(registry, timeout), (), is_remote=False)
        return
    # Without a registry, runs and artifacts are read all the same.
    registry = tracking if missing is not None else registry
    with file_lock({tracking, registry}):
        connection = Connection(tracking, registry, timeout, stop, credentials)
    with contextlib.closing(connection):
        minimum = settings["min_version"]
        notes = check_server_version(connection.server, minimum, plans=writes or plans)
        notes = notes if settings["warn"] else ()
        store = ArtifactStore(connection, settings["artifacts"]["experiment"])
        client: Registry = missing or RegistryClient(connection)
        yield Backend(client, store, notes, is_remote=is_http(client.server.registry_uri))


def _with_defaults(server: Mapping[str, Any]) -> dict[str, Any]:
    """Return a `server` configuration, completed with the defaults of the package."""
    packaged = (
        files("registrar").joinpath("config/defaults/server/local.yaml").read_text(encoding="utf-8")
    )
    defaults = yaml.safe_load(packaged)
    artifacts = {**defaults["artifacts"], **server.get("artifacts", {})}
    return {**defaults, **server, "artifacts": artifacts}

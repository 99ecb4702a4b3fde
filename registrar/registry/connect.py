"""Connect to the registry and the artifact store that a server configuration names."""

from __future__ import annotations

import contextlib
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from registrar.registry.protocol import Backend, Registry

__all__ = ["connect"]


@contextlib.contextmanager
def connect(server: Mapping[str, Any], *, writes: bool) -> Iterator[Backend]:
    """Connect to the server or database of a valid `server` configuration.

    The server has answered, and its version is accepted. With `writes=False` nothing is made: an
    embedded database that does not exist yet is read as empty. Raises ServerError when the server
    cannot be reached within `server.timeout` seconds, RefusedError when it is too old.
    """
    from registrar.registry.artifacts import ArtifactStore
    from registrar.registry.client import ClientRegistry
    from registrar.registry.connection import Connection
    from registrar.registry.database import alone, is_missing
    from registrar.registry.http.session import is_direct
    from registrar.registry.missing_database import Empty
    from registrar.registry.protocol import Backend
    from registrar.registry.version_policy import check_server_version
    from registrar.uris import is_http

    settings = _with_defaults(server)
    tracking, timeout = settings["tracking_uri"], settings["timeout"]
    registry = settings["registry_uri"] or tracking
    empty = Empty(registry, timeout)
    if not writes and is_missing(registry) and is_missing(tracking):
        yield Backend(empty, empty, (), is_remote=False)
        return
    read_as_empty = not writes and is_missing(registry)
    if read_as_empty:  # runs and artifacts are looked at all the same
        registry = tracking
    direct = is_direct(tracking) and is_direct(registry)
    with alone(set() if direct else {tracking, registry}):
        connection = Connection(tracking, registry, timeout, direct=direct)
    with contextlib.closing(connection):
        notes = check_server_version(connection.server, settings["min_version"], writes=writes)
        store = ArtifactStore(connection, settings["artifacts"]["experiment"])
        client: Registry = empty if read_as_empty else ClientRegistry(connection)
        yield Backend(client, store, notes, is_remote=is_http(client.server.registry_uri))


def _with_defaults(server: Mapping[str, Any]) -> dict[str, Any]:
    """A `server` configuration with what it leaves out as the packaged one has it."""
    packaged = (
        files("registrar").joinpath("config/defaults/server/local.yaml").read_text(encoding="utf-8")
    )
    defaults = yaml.safe_load(packaged)
    artifacts = {**defaults["artifacts"], **server.get("artifacts", {})}
    return {**defaults, **server, "artifacts": artifacts}

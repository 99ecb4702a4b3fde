"""The registry on a server or in a database: what registrar needs of it, and how to connect.

The only package that imports mlflow, and only inside functions: `validate` and `--help` answer
without it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from registrar.registry.protocol import (
    LoggedModel,
    Registry,
    Run,
    Store,
    Stored,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = ["LoggedModel", "Registry", "Run", "Store", "Stored", "connect"]


@contextlib.contextmanager
def connect(
    server: Mapping[str, Any], *, writes: bool
) -> Iterator[tuple[Registry, Store, tuple[str, ...]]]:
    """The registry and artifact store of a valid `server` configuration, and notes to show.

    The server has answered, and its version is accepted. With `writes=False` nothing is made: an
    embedded database that does not exist yet is read as empty. Raises ServerError when the server
    cannot be reached within `server.timeout` seconds, RefusedError when it is too old.
    """
    from registrar.registry.connection import Connection, client_environment
    from registrar.registry.database import alone, is_missing
    from registrar.registry.empty import Empty

    registry_uri = server.get("registry_uri") or server["tracking_uri"]
    if not writes and is_missing(registry_uri):
        empty = Empty(registry_uri, server["timeout"])
        yield empty, empty, ()
        return
    with client_environment(server["tracking_uri"], registry_uri, server["timeout"]):
        with alone(server["tracking_uri"]):
            connection = Connection(server["tracking_uri"], registry_uri, server["timeout"])
        notes = connection.check_version(server.get("min_version", "0"))
        from registrar.registry.artifacts import ArtifactStore
        from registrar.registry.client import ClientRegistry

        experiment = server.get("artifacts", {}).get("experiment", "registrar")
        yield ClientRegistry(connection), ArtifactStore(connection, experiment), notes

"""The lines of Python that load a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.uris import safe_uri, unreachable_name

if TYPE_CHECKING:
    from registrar.state import ObservedVersion, Server

__all__ = ["write_snippet"]


def write_snippet(name: str, version: ObservedVersion, server: Server) -> tuple[str, ...]:
    """Return the lines; none for a version that is not ready, and where no URI can name the model."""
    if unreachable_name(name) or not version.is_ready:
        return ()
    place = f"@{version.aliases[0]}" if version.aliases else f"/{version.number}"
    uri = f"models:/{name}{place}"
    return (
        "import mlflow",
        f"mlflow.set_registry_uri({safe_uri(server.registry_uri)!r})",
        f"model = mlflow.pyfunc.load_model({uri!r})",
    )

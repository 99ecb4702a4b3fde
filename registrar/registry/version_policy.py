"""Which versions of MLflow work, as a server and as the installed client.

`docs/compatibility.md` says which versions were tried.
"""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from registrar.errors import ConfigError, Problem, RefusedError
from registrar.registry.translate_errors import MissingEndpointError
from registrar.state import Note
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from registrar.state import Server

__all__ = ["check_server_version", "logged_model_function", "no_logged_models"]

# Older servers have no aliases.
FIRST_WITH_ALIASES = "2.3.0"
# Older servers have known vulnerabilities, such as a default admin password (CVE-2026-2635).
ADVISED = "3.16.1"


def check_server_version(server: Server, minimum: str, *, plans: bool) -> tuple[Note, ...]:
    """Return notes on the version of a server or database.

    `minimum` is `server.min_version`. A server for which a plan is made needs aliases, whatever the
    minimum is: `apply` would stop midway. Raises RefusedError for an older server, ConfigError for a minimum that is no version.
    """
    from packaging.version import InvalidVersion, Version

    where = safe_uri(server.registry_uri)
    try:
        running = Version(server.version or "")
    except InvalidVersion:
        return (Note("unknown-server-version", where),)
    try:
        oldest = Version(minimum)
    except InvalidVersion:
        message = f"server.min_version: '{minimum}' is not a version number"
        hint = f"Write one such as {FIRST_WITH_ALIASES}."
        raise ConfigError(Problem("invalid-version-number", message, hint)) from None
    if running < oldest:
        message = f"{where} runs MLflow {running}, older than {minimum}"
        hint = "Upgrade the server, or lower server.min_version if you accept its flaws."
        raise RefusedError(Problem("server-too-old", message, hint))
    if plans and running < Version(FIRST_WITH_ALIASES):
        message = f"{where} runs MLflow {running}, which has no aliases"
        hint = f"Upgrade the server to {FIRST_WITH_ALIASES} or later; nothing was written."
        raise RefusedError(Problem("server-too-old", message, hint))
    if running < Version(ADVISED):
        return (Note("old-server", where, {"version": str(running), "advised": ADVISED}),)
    return ()


def logged_model_function(client: Any, name: str) -> Any:
    """Return the client's function of that name; the clients of MLflow 2 know no logged models.

    Raises MissingEndpointError, which names the installed version, when the client has none.
    """
    function = getattr(client, name, None)
    if function is None:
        message = f"MLflow {installed('mlflow')}, which is installed here, has no logged models"
        hint = "Install mlflow>=3, or name the model as runs:/RUN_ID/PATH."
        raise MissingEndpointError(Problem("client-too-old", message, hint))
    return function


def no_logged_models(server: Server) -> MissingEndpointError:
    """Return the error for a logged model that is asked of a server of MLflow 2."""
    where = safe_uri(server.tracking_uri)
    known = f" runs MLflow {server.version}, which" if server.version else ""
    message = f"{where}{known} has no logged models"
    hint = "Name the model as runs:/RUN_ID/PATH, or upgrade the server to MLflow 3."
    return MissingEndpointError(Problem("server-too-old", message, hint))

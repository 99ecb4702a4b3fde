"""Asking a server or database which version of MLflow it runs: the first contact."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING

from registrar.errors import AccessDeniedError, Problem, UnreachableError
from registrar.registry.database import reach
from registrar.registry.failures import NoReplyError
from registrar.registry.translate_errors import clean_message, unreachable
from registrar.uris import MANAGED, safe_uri

if TYPE_CHECKING:
    from registrar.registry.http.transport import Transport

__all__ = ["get_server_version"]

BODY_LENGTH = 200  # characters of a reply that are shown


def get_server_version(uri: str, transport: Transport | None, timeout: float) -> str | None:
    """Return the version of MLflow at `uri`; None where it does not tell.

    `transport` is None for a database, which this process's MLflow
    serves. Raises UnreachableError after `timeout` seconds, and AccessDeniedError.
    """
    if transport is not None:
        return _ask(safe_uri(uri), transport)
    if uri.partition(":")[0] in MANAGED:
        return None
    reach(uri, timeout)
    return installed_version("mlflow")


def _ask(where: str, transport: Transport) -> str | None:
    try:
        reply = transport.request("GET", "/version")
    except NoReplyError as error:
        raise UnreachableError(unreachable(where, clean_message(error.reason))) from None
    if reply.status in {401, 403}:
        words = clean_message(reply.text)[:BODY_LENGTH]
        hint = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token."
        message = f"{where} refuses: {reply.status} {words}"
        raise AccessDeniedError(Problem("access-denied", message, hint))
    if reply.status == 407:
        hint = "Give the proxy's user and password in its URL: HTTP_PROXY, HTTPS_PROXY."
        message = f"cannot reach {where}: the proxy asks for a password (407)"
        raise AccessDeniedError(Problem("proxy-access-denied", message, hint))
    if reply.status >= 500:
        raise UnreachableError(unreachable(where, f"it answers {reply.status}"))
    return reply.text.strip() if reply.status == 200 else None

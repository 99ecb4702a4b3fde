"""Asking a server or database which version of MLflow it runs: the first contact."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING

from registrar.errors import AccessDeniedError, Problem, UnreachableError
from registrar.registry.database import reach
from registrar.registry.failures import HttpError, NoReplyError
from registrar.registry.translate_errors import (
    HTML,
    TOO_MANY_REQUESTS,
    clean_message,
    unreachable,
)
from registrar.uris import MANAGED

if TYPE_CHECKING:
    from registrar.registry.http.transport import Reply, Transport
    from registrar.registry.retry import Retry

__all__ = ["get_server_version"]

MAX_SHOWN = 200  # characters of a reply that are shown
PROXY_DENIED = 407
TRANSIENT_STATUSES = {408, 429}  # besides 5xx: the next attempt may succeed
MAX_VERSION_LENGTH = 100  # characters; what is longer is no version


def get_server_version(uri: str, transport: Transport | None, retry: Retry) -> str | None:
    """Return the version of MLflow at `uri`; None where it does not tell.

    `transport` is None for a database, which this process's MLflow serves. Raises ServerError: an
    UnreachableError after the seconds that `retry` has, an AccessDeniedError at once.
    """
    if transport is not None:
        return retry.call(lambda: _ask(transport, retry.where))
    if uri.partition(":")[0] in MANAGED:
        return None
    reach(uri, retry.timeout)
    return installed_version("mlflow")


def _ask(transport: Transport, where: str) -> str | None:
    try:
        reply = transport.request("GET", "/version")
    except NoReplyError as error:
        raise _unreachable(where, clean_message(error.reason), is_final=error.final) from None
    if reply.status in {401, 403}:
        raise _denied(where, reply, has_credentials=transport.has_credentials)
    if reply.status == PROXY_DENIED:
        hint = "Give the proxy's user and password in its URL: HTTP_PROXY, HTTPS_PROXY."
        message = f"cannot reach {where}: the proxy asks for a password (407)"
        raise AccessDeniedError(Problem("proxy-access-denied", message, hint))
    if reply.status >= 500 or reply.status in TRANSIENT_STATUSES:
        failure = _unreachable(where, f"it answers {reply.status}")
        failure.is_busy = reply.status == TOO_MANY_REQUESTS
        failure.retry_after = reply.retry_after
        raise failure
    if reply.status != 200:
        return None
    text = reply.text.strip()
    if HTML.match(text):
        raise HttpError(200, message=text)
    return text if len(text) <= MAX_VERSION_LENGTH else None


def _unreachable(where: str, reason: str, *, is_final: bool = False) -> UnreachableError:
    error = UnreachableError(unreachable(where, reason))
    error.is_final = is_final
    return error


def _denied(where: str, reply: Reply, *, has_credentials: bool) -> AccessDeniedError:
    words = clean_message(reply.text)[:MAX_SHOWN]
    hint = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token."
    if has_credentials:
        hint = (
            "Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or the token: "
            "they were sent, and the server does not accept them."
        )
    message = f"{where} refuses: {reply.status} {words}".rstrip()
    return AccessDeniedError(Problem("access-denied", message, hint))

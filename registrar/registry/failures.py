"""Failures of one request, as values: an error reply, or no reply at all."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "HttpError",
    "NoReplyError",
    "OversizedReplyError",
    "StoppedError",
    "UnexpectedReplyError",
    "classify",
    "classify_driver_error",
    "linked_errors",
]

# Characters of a server's words that are kept: a hostile server's may be as long as a reply.
CODE_LENGTH = 100
MAX_MESSAGE_LENGTH = 10_000

NO_REPLY_IN_TIME = "no answer in time"
UNTRUSTED = "its certificate is not trusted (MLFLOW_TRACKING_SERVER_CERT_PATH names a CA)"
LOCKED = "another process has locked the database"
TUNNEL = "Tunnel connection failed: "  # http.client's words for a proxy that refuses CONNECT
# Classes of urllib3 and requests, by name: requests is imported only where MLflow is.
CONNECT_TIMEOUTS = {"ConnectTimeout", "ConnectTimeoutError"}
READ_TIMEOUTS = {"ReadTimeout", "ReadTimeoutError"}
NO_CONNECTION = {"NewConnectionError"}
CUT = {"IncompleteRead", "ProtocolError", "ChunkedEncodingError"}
# A driver of a database has one class for all its failures; the words are all there is.
DRIVER_WORDS = {
    "connection refused": "connection refused",
    "could not translate host name": "no such host",
    "timeout expired": NO_REPLY_IN_TIME,
    "database is locked": LOCKED,
}


class HttpError(Exception):
    """An error reply of the server, or of MLflow in this process, which has the same codes.

    `status` is the HTTP status. `code` is MLflow's error code, or "" where the reply is not MLflow's
    JSON; then `message` is the text of the reply. `path` is the path of the request, if known.
    `retry_after` is how many seconds the server asks to wait.
    """

    def __init__(
        self,
        status: int,
        code: str = "",
        message: str = "",
        path: str = "",
        retry_after: float | None = None,
    ) -> None:
        code, message = code[:CODE_LENGTH], message[:MAX_MESSAGE_LENGTH]
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.path = path
        self.retry_after = retry_after


class UnexpectedReplyError(Exception):
    """A reply that no MLflow server gives. `what` says what is wrong with it, in a few words."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class OversizedReplyError(UnexpectedReplyError):
    """A reply that has more bytes, or more values, than it may have."""


class StoppedError(TimeoutError):
    """A reply that is not waited for any longer, because the run was stopped."""


class NoReplyError(Exception):
    """A request that got no reply.

    `reason` says why in a few words. `sent` is False where the request cannot have reached the
    server. `late` is True where the time was over, so the server may still carry it out. `final` is
    True where the next attempt would fail in the same way.
    """

    def __init__(
        self, reason: str, *, sent: bool = True, late: bool = False, final: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.late = late
        self.final = final


def classify(error: BaseException) -> NoReplyError:
    """Return why a request got no reply, from the exception of a network library or a driver.

    `reason` is the exception's own message where the cause is none of the known ones.
    """
    links = tuple(linked_errors(error))
    for link in links:
        match link:
            case socket.gaierror():
                return NoReplyError("no such host", sent=False)
            case ConnectionRefusedError():
                return NoReplyError("connection refused", sent=False)
            case ssl.SSLCertVerificationError():
                return NoReplyError(UNTRUSTED, sent=False, final=True)
            case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "RECORD_LAYER_FAILURE"):
                return NoReplyError("it does not speak TLS (https)", sent=False, final=True)
            case StoppedError():
                return NoReplyError("the run was stopped", late=True)
            case OSError() if TUNNEL in str(link):
                answer = str(link).partition(TUNNEL)[2]
                # 403 and 407 are the proxy's decision; others, such as 502, may pass.
                final = answer.startswith(("403", "407"))
                return NoReplyError(
                    f"the proxy refuses to connect: {answer}", sent=False, final=final
                )
    names = {type(link).__name__ for link in links}
    if "NameResolutionError" in names:
        return NoReplyError("no such host", sent=False)
    if names & CONNECT_TIMEOUTS:
        return NoReplyError("no answer to the connection in time", sent=False)
    if names & READ_TIMEOUTS or any(isinstance(link, TimeoutError) for link in links):
        return NoReplyError(NO_REPLY_IN_TIME, late=True)
    if names & CUT or any(isinstance(link, ConnectionError) for link in links):
        return NoReplyError("the connection was cut")
    sent = not names & NO_CONNECTION
    return classify_driver_error(error) or NoReplyError(str(error), sent=sent)


def classify_driver_error(error: BaseException) -> NoReplyError | None:
    """Return why a database did not answer, from the words of its driver; None if it did."""
    words = " ".join(map(str, linked_errors(error))).lower()
    reason = next((reason for mark, reason in DRIVER_WORDS.items() if mark in words), None)
    if reason is None:
        return None
    late = reason == NO_REPLY_IN_TIME
    return NoReplyError(reason, sent=late, late=late)


def linked_errors(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its causes, and the errors that those carry as arguments."""
    seen: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        link = queue.pop(0)
        if not isinstance(link, BaseException) or any(link is other for other in seen):
            continue
        seen.append(link)
        # urllib3 keeps the cause in `reason`; the `reason` of an error of ssl is text.
        queue += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
    yield from seen

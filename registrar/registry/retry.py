"""Calls into MLflow: tried once or until a deadline, and its failures told as ours."""

from __future__ import annotations

import contextlib
import random
import re
import sys
import time
from typing import TYPE_CHECKING, Any, TypeVar

from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    Problem,
    RegistrarError,
    ReplyTimeoutError,
    ServerError,
    UnreachableError,
)
from registrar.registry.http.client import RestError
from registrar.secrets import scrub
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ABSENT", "DENIED", "Attempts", "MissingEndpointError", "reason", "unreachable"]

T = TypeVar("T")

NO_ANSWER = "no answer in time"
# A request whose answer is late, or that a gateway gave up on, may still be carried out.
LATE = {NO_ANSWER, "it answers 504"}

PAUSE = 0.1  # seconds before the first repetition; doubles up to LONGEST, with full jitter
LONGEST = 2.0
LONGEST_MESSAGE = 500
DENIED = {"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"}
ABSENT = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}
EXISTS = {"RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS", "RESOURCE_CONFLICT"}
INVALID = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "FEATURE_DISABLED", "NOT_IMPLEMENTED"}
# Two writers set the same tag or alias at once: MLflow's upsert is a look and an insert.
COLLISION = re.compile(r"IntegrityError|UNIQUE constraint|duplicate key")
NOT_SENT = {
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ConnectTimeout",
    "SSLCertVerificationError",
}
# How MLflow's client words an answer that is not MLflow's JSON.
PLAIN = re.compile(
    r"API request to endpoint (?P<path>\S+) failed with error code (?P<status>\d{3}) != 200\. "
    r"Response body: '(?P<body>.*)'"
)
NO_JSON = "was successful but the response body was not in a valid JSON format"
# What SQLAlchemy adds to a driver's words: the statement, its values, and where to read more.
STATEMENT = re.compile(r"\s*\[SQL: .*")


class MissingEndpointError(ServerError):
    """The server has no such address: it is older than the request, or not an MLflow server."""


class Attempts:
    """Calls to what lies at `where`, each tried for `timeout` seconds; failures come out as ours.

    `mlflow` is to be called before anything of MLflow's is: its settings are in place then.
    """

    def __init__(
        self, where: str, timeout: float, mlflow: Callable[[], object] = lambda: None
    ) -> None:
        self.where = safe_uri(where)
        self.timeout = timeout
        self.mlflow = mlflow

    def once(self, call: Callable[[], T]) -> T:
        """The result of one attempt. OutcomeUnknownError: nobody knows whether it was carried out."""
        with self.translated():
            return call()

    def repeat(self, call: Callable[[], T], extra: float = 0) -> T:
        """The result of a call that may be repeated, tried for `timeout` and `extra` seconds.

        The extra time is for a server that is there; one that is gone is not waited for.
        """
        start = time.monotonic()
        pause = PAUSE
        while True:
            try:
                return self.once(call)
            except (OutcomeUnknownError, UnreachableError) as error:
                wait = random.uniform(0, pause)  # noqa: S311 - jitter, not a secret
                late = time.monotonic() + wait - start
                if late >= self.timeout + (extra if isinstance(error, OutcomeUnknownError) else 0):
                    raise
            time.sleep(wait)
            pause = min(pause * 2, LONGEST)

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Failures of MLflow and below come out as RegistrarErrors, without secrets."""
        try:
            yield
        except (RegistrarError, KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:
            raised = self._told(error)
            if raised is None:
                raise
            raise raised from None

    def _told(self, error: Exception) -> RegistrarError | None:
        """The error as one of ours; None where it is a bug."""
        mlflow = sys.modules.get("mlflow.exceptions")  # without it, it has raised nothing
        if isinstance(error, RestError):
            return self._translate(error, error.plain)
        if mlflow is not None and isinstance(error, mlflow.MlflowException):
            match = PLAIN.search(self.said(error))
            plain = (match["path"], int(match["status"]), match["body"]) if match else None
            return self._translate(error, plain)
        if isinstance(error, OSError | ValueError | ImportError):
            return ServerError(self.said(error))
        if type(error).__module__.split(".")[0] in {"sqlalchemy", "requests", "alembic", "urllib3"}:
            return OutcomeUnknownError(f"{self.where} did not answer: {self.said(error)}")
        return None

    def _translate(self, error: Any, plain: tuple[str, int, str] | None) -> RegistrarError:
        """`plain` is (path, status, body) of an answer that is not MLflow's JSON."""
        code, where = str(error.error_code), self.where
        message = self.said(error).removeprefix(f"{code}: ")
        path, status, body = plain or ("", 0, "")
        if status == 404:
            return MissingEndpointError(_not_mlflow(where, f"has no {path}"))
        if status in range(300, 400):
            hint = "Set server.tracking_uri to where it points to."
            return InvalidRequestError(
                Problem("todo", f"{where} points elsewhere ({status})", hint)
            )
        if status:
            message = self._clean(f"{status} {body}")
        if code in DENIED:
            hint = "Check the credentials in MLflow's environment variables, and their rights."
            return AccessDeniedError(Problem("todo", f"{where} refuses: {message}", hint))
        if code in ABSENT:
            return NotFoundError(message)
        if code in EXISTS:
            return AlreadyExistsError(message)
        if code in INVALID and not COLLISION.search(message):
            return InvalidRequestError(Problem("todo", f"{where} does not accept it: {message}"))
        if status in range(400, 500) and status not in {408, 429}:
            return InvalidRequestError(Problem("todo", f"{where} does not accept it: {message}"))
        if NO_JSON in message:
            return OutcomeUnknownError(_not_mlflow(where, "answers, but not in MLflow's JSON"))
        if "out-of-date database schema" in message:
            found = message.partition(" Take a backup")[0]
            hint = "Back the database up, then run 'mlflow db upgrade URI'."
            return ServerError(Problem("todo", f"{where} can not be used: {found}", hint))
        if any(type(link).__name__ in NOT_SENT for link in _chain(error)):
            return UnreachableError(unreachable(where, reason(error)))
        why = reason(error)
        kind = ReplyTimeoutError if why in LATE else OutcomeUnknownError
        return kind(Problem("todo", f"{where} did not answer: {why or message}"))

    def said(self, error: BaseException) -> str:
        """An error's own words on one line, with secrets and userinfo taken out."""
        return self._clean(str(error)) or type(error).__name__

    def _clean(self, text: str) -> str:
        words = STATEMENT.sub("", scrub(" ".join(text.split())))
        return words if len(words) <= LONGEST_MESSAGE else words[: LONGEST_MESSAGE - 3] + "..."


def unreachable(where: str, why: str) -> Problem:
    """The problem of a server or database that does not answer at all."""
    hint = "Check server.tracking_uri (MLFLOW_TRACKING_URI) and that the server runs."
    return Problem("todo", f"cannot reach {where}: {why or 'no answer'}", hint)


def reason(error: BaseException) -> str:
    """The lowest cause in a few words; "" when it is none of the known ones."""
    names = {type(link).__name__ for link in _chain(error)}
    words = " ".join(str(link) for link in _chain(error)).lower()
    if "NameResolutionError" in names:
        return "no such host"
    if "connection refused" in words:
        return "connection refused"
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return "no answer to the connection in time"
    if "ReadTimeout" in names or "timed out" in words:
        return NO_ANSWER
    if "certificate" in words:
        return "its certificate is not trusted (MLFLOW_TRACKING_SERVER_CERT_PATH names a CA)"
    if "wrong_version_number" in words or "record layer failure" in words:
        return "it does not speak TLS (https)"
    if "reset" in words or "aborted" in words or "disconnected" in words:
        return "the connection was cut"
    code = re.search(r"too many (\d{3}) error responses", words)
    return f"it answers {code[1]}" if code else ""


def _not_mlflow(where: str, what: str) -> Problem:
    message = f"{where} {what}: it is not an MLflow server, or an old one"
    hint = (
        "Check server.tracking_uri (MLFLOW_TRACKING_URI); a path in front of the API is part of it."
    )
    return Problem("todo", message, hint)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what caused it, and what those carry as arguments."""
    seen: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        link = queue.pop(0)
        if not isinstance(link, BaseException) or any(link is other for other in seen):
            continue
        seen.append(link)
        # ssl's errors have a `reason` that is text.
        queue += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
    yield from seen

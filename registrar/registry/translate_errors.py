"""Failures of requests, of MLflow's client and of databases, as registrar's errors."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING

from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ConfigError,
    InvalidParameterError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    Problem,
    RegistrarError,
    ReplyTimeoutError,
    ServerError,
    UnreachableError,
)
from registrar.registry.failures import (
    HttpError,
    NoReplyError,
    UnexpectedReplyError,
    classify,
    classify_driver_error,
    linked_errors,
)
from registrar.secrets import scrub
from registrar.uris import is_http

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ABSENT_CODES",
    "DENIED_CODES",
    "HTML",
    "TOO_MANY_REQUESTS",
    "MissingEndpointError",
    "clean_message",
    "lasting_failure",
    "missing_package",
    "translated",
    "unexpected_reply",
    "unreachable",
]

MAX_MESSAGE_LENGTH = 500  # characters
MAX_TEXT_LENGTH = 20_000  # characters that are looked at: a server decides how long its words are
HTML = re.compile(r"\s*<(!doctype|html|head|body|\?xml)\b", re.IGNORECASE)  # such as a login page
DENIED_CODES = {"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"}
ABSENT_CODES = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}
EXISTS_CODES = {"RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS", "RESOURCE_CONFLICT"}
INVALID_CODES = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "FEATURE_DISABLED", "NOT_IMPLEMENTED"}
# Statuses that blame a value in the request, such as the filter or the length of an address.
INVALID_STATUSES = {400, 404, 405, 413, 414, 422, 431, 501}
# A quota, whatever the status that tells of it.
LIMIT_CODES = {"QUOTA_EXCEEDED", "RESOURCE_LIMIT_EXCEEDED"}
# Too many requests, whatever the status that tells of it: the same request passes later.
BUSY_CODES = {"REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
# Of the statuses that blame the request, those that the same request may not get the next time:
# another writer, too early, locked, and a client that is said to have gone.
TRANSIENT_STATUSES = {409, 423, 425, 499}
# The server may have carried the request out, whatever code its reply has.
SERVER_FAILURES = {408, 429, 500, 502, 503, 504}
# A request that a gateway gave up on may still be carried out.
GATEWAY_TIMEOUT = 504
TOO_MANY_REQUESTS = 429
# Two writers set the same tag or alias at once. MLflow's upsert is a look and an insert, so the
# second insert fails, and MLflow tells that as a request that is not valid.
COLLISION = re.compile(r"IntegrityError|UNIQUE constraint|duplicate key")
# SQLAlchemy adds the statement, its values, and a link to the driver's words.
STATEMENT = re.compile(r"\s*\[SQL: .*")
# What MLflow's client says where it has no code: a reply that is not JSON, and an old database.
PLAIN_REPLY = re.compile(
    r"API request to endpoint (?P<path>\S+) failed with error code (?P<status>\d{3}) != 200\. "
    r"Response body: '(?P<body>.*)'",
    re.DOTALL,
)
NO_JSON = "was successful but the response body was not in a valid JSON format"
GIVEN_UP = re.compile(r"too many (\d{3}) error responses")
OUTDATED = re.compile(r"Detected out-of-date database schema \(.*?\)")
HTML_PAGE = "an HTML page"
# Libraries that raise where a server or a database does not answer.
HTTP_LIBRARIES = {"requests", "urllib3", "http"}
NETWORK_LIBRARIES = {*HTTP_LIBRARIES, "sqlalchemy"}


class MissingEndpointError(ServerError):
    """The server does not have the address: it is older than the request, or no MLflow server."""

    code = "not-an-mlflow-server"
    is_final = True


@contextlib.contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise the failures of a block as RegistrarErrors; `where` is the address they tell of.

    A programming error is raised as it is, and so is FileChangedError: no server caused it.
    """
    try:
        yield
    except RegistrarError:
        raise
    except Exception as error:
        known = translate(error, where)
        if known is None:
            raise
        raise known from None


def translate(error: Exception, where: str) -> RegistrarError | None:
    """Return the error that tells a user of a failure, or None for a programming error.

    `where` is the address of the server or database, without secrets.
    """
    mlflow = sys.modules.get("mlflow.exceptions")  # MLflow that is not imported has raised nothing
    if mlflow is not None and isinstance(error, mlflow.MlflowException):
        reported = _from_mlflow(error)
        return None if reported is None else translate(reported, where)
    match error:
        case HttpError():
            return _from_reply(error, where)
        case NoReplyError():
            return _from_no_reply(error, where)
        case UnexpectedReplyError():
            return unexpected_reply(where, error.what)
        case ModuleNotFoundError() if not (error.name or "registrar").startswith("registrar"):
            return missing_package(where, error.name or "")
        case ImportError() if not (error.name or "registrar").startswith("registrar"):
            hint = "Install versions of the packages that fit together: see 'pip check'."
            message = f"{where}: {clean_message(error)}"
            return ConfigError(Problem("broken-package", message, hint))
    if type(error).__module__.partition(".")[0] in NETWORK_LIBRARIES:
        return _from_no_reply(classify(error), where)
    if type(error).__module__.startswith("alembic"):
        message = f"{where} cannot be used: {clean_message(error)}"
        hint = "Install the MLflow version that last upgraded the database, or a newer one."
        return lasting_failure(Problem("outdated-database", message, hint))
    if isinstance(error, ConnectionError | TimeoutError):
        return _from_no_reply(classify(error), where)
    if isinstance(error, OSError):
        message = f"{where}: {clean_message(error)}"
        is_final = isinstance(error, PermissionError)
        return lasting_failure(message) if is_final else ServerError(message)
    return None


def missing_package(where: str, package: str) -> ConfigError:
    """Return the error for an address that needs a package which is not installed."""
    message = f"{where} needs the package {package}"
    return ConfigError(Problem("missing-package", message, f"Install {package}."))


def unreachable(where: str, reason: str) -> Problem:
    """Return the problem of a server or database that does not answer at all."""
    hint = "Check server.tracking_uri (MLFLOW_TRACKING_URI) and that the server runs."
    message = f"cannot reach {where}: {reason or 'no answer'}"
    return Problem("server-unreachable", message, hint)


def unexpected_reply(where: str, what: str) -> OutcomeUnknownError:
    """Return the error for a reply that no MLflow server gives."""
    return _final(f"{where} answers, but not as MLflow does: {clean_message(what)}")


def clean_message(error: BaseException | str) -> str:
    """Return an error's message on one line, without secrets; its class where it has none."""
    words = str(error)[:MAX_TEXT_LENGTH]
    if HTML.match(words):
        return HTML_PAGE
    words = STATEMENT.sub("", scrub(" ".join(words.split())))
    if len(words) > MAX_MESSAGE_LENGTH:
        words = words[: MAX_MESSAGE_LENGTH - 3] + "..."
    return words or ("" if isinstance(error, str) else type(error).__name__)


def _from_mlflow(error: Exception) -> HttpError | NoReplyError | None:
    """Return the failure that an MlflowException tells of, or None for a bug that it wraps.

    MLflow puts what it met into a message and has no field for it, so the message is read here.
    """
    code, text = str(getattr(error, "error_code", "")), str(error)
    cause = error.__cause__ or error.__context__
    is_builtin = type(cause).__module__ == "builtins" and not isinstance(cause, OSError)
    if code == "INTERNAL_ERROR" and is_builtin and str(cause) in text:
        return None
    if match := PLAIN_REPLY.search(text):
        return HttpError(int(match["status"]), "", match["body"], match["path"])
    if NO_JSON in text:
        return HttpError(200)
    if type(error).__name__ != "RestException":
        if match := GIVEN_UP.search(text):
            return HttpError(int(match[1]))
        links = {type(link).__module__.partition(".")[0] for link in linked_errors(error)}
        if links & HTTP_LIBRARIES:
            return classify(error)
        if "sqlalchemy" in links and (failure := classify_driver_error(error)):
            return failure
    status = getattr(error, "get_http_status_code", lambda: 500)()
    return HttpError(status, code, text.removeprefix(f"{code}: "))


def _from_reply(error: HttpError, where: str) -> RegistrarError:
    status, code = error.status, error.code
    if code in BUSY_CODES:
        status = TOO_MANY_REQUESTS
    message = clean_message(error.message)
    if status in SERVER_FAILURES and code not in LIMIT_CODES:
        failure = _server_failure(status, message, where)
        failure.is_busy = status == TOO_MANY_REQUESTS
        failure.retry_after = error.retry_after
        return failure
    if not code:
        match status:
            case 200:
                if message == HTML_PAGE:
                    return _final(f"{where} answers with {HTML_PAGE}, such as one to log in")
                return _final(f"{where} answers, but not in MLflow's JSON")
            case 404:
                return MissingEndpointError(_not_mlflow(f"{where} has no {error.path}"))
            case _ if status in range(300, 400):
                hint = "Set server.tracking_uri to the address that it redirects to."
                message = f"{where} redirects to another address ({status})"
                return InvalidRequestError(Problem("redirected", message, hint))
        message = f"{status} {message}".strip()
    if code in DENIED_CODES or (not code and status in {401, 403}):
        hint = "Check the credentials in MLflow's environment variables, and their permissions."
        return AccessDeniedError(Problem("access-denied", f"{where} refuses: {message}", hint))
    if code in ABSENT_CODES:
        return NotFoundError(message)
    if code in EXISTS_CODES:
        return AlreadyExistsError(message)
    is_refusal = code in INVALID_CODES or (
        status in range(400, 500) and status not in TRANSIENT_STATUSES
    )
    if not code or code in LIMIT_CODES or (is_refusal and not COLLISION.search(message)):
        is_limit = code in LIMIT_CODES
        is_invalid = not is_limit and (code in INVALID_CODES or status in INVALID_STATUSES)
        refusal = InvalidParameterError if is_invalid else InvalidRequestError
        return refusal(f"{where} does not accept the request: {message}")
    return _server_failure(status, message, where)


def _server_failure(status: int, message: str, where: str) -> ServerError:
    if match := OUTDATED.search(message):
        hint = "Back the database up, then run 'mlflow db upgrade URI'."
        message = f"{where} cannot be used: {match[0]}"
        return lasting_failure(Problem("outdated-database", message, hint))
    told = f"answers with an error: {status} {message}" if is_http(where) else f"failed: {message}"
    if status == GATEWAY_TIMEOUT:
        return ReplyTimeoutError(f"{where} {told}".rstrip())
    return OutcomeUnknownError(f"{where} {told}".rstrip())


def _from_no_reply(failure: NoReplyError, where: str) -> ServerError:
    reason = clean_message(failure.reason)
    if not failure.sent:
        error = UnreachableError(unreachable(where, reason))
        error.is_final = failure.final
        return error
    text = f"{where} did not answer: {reason}"
    return ReplyTimeoutError(text) if failure.late else OutcomeUnknownError(text)


def lasting_failure(problem: Problem | str) -> ServerError:
    """Return the error of a server, or a store, that the next run will meet as well."""
    error = ServerError(problem)
    error.is_final = True
    return error


def _final(message: str) -> OutcomeUnknownError:
    """Return the error for a reply of something else than MLflow; the next one would be the same."""
    error = OutcomeUnknownError(_not_mlflow(message))
    error.is_final = True
    return error


def _not_mlflow(message: str) -> Problem:
    hint = (
        "Check server.tracking_uri (MLFLOW_TRACKING_URI); a path in front of the API is part of it."
    )
    message = f"{message}: it is not an MLflow server, or an old one"
    return Problem("not-an-mlflow-server", message, hint)

"""Failures of requests as registrar's errors: class, code and message."""

from __future__ import annotations

import pytest

from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ConfigError,
    InvalidParameterError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RegistrarError,
    ReplyTimeoutError,
    ServerError,
    UnreachableError,
)
from registrar.registry.failures import HttpError, NoReplyError
from registrar.registry.translate_errors import MissingEndpointError, clean_message, translated

WHERE = "http://host"
DATABASE = "sqlite:///mlflow.db"
UNIQUE = "(sqlite3.IntegrityError) UNIQUE constraint failed: registered_model_tags.key"
OUTDATED = "Detected out-of-date database schema (found version a, but expected b). Take a backup"

CASES: dict[str, tuple[Exception, type[RegistrarError], str, str]] = {
    "not found": (
        HttpError(404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=a not found"),
        *(NotFoundError, "not-found", "Registered Model with name=a not found."),
    ),
    "exists, which MLflow says with 400": (
        HttpError(400, "RESOURCE_ALREADY_EXISTS", "a exists"),
        *(AlreadyExistsError, "already-exists", "a exists."),
    ),
    "invalid": (
        HttpError(400, "INVALID_PARAMETER_VALUE", "bad name"),
        *(InvalidParameterError, "invalid-parameter"),
        "http://host does not accept the request: bad name.",
    ),
    "two writers at once": (
        HttpError(400, "BAD_REQUEST", UNIQUE),
        *(OutcomeUnknownError, "outcome-unknown"),
        f"http://host answers with an error: 400 {UNIQUE}.",
    ),
    "denied": (
        HttpError(403, "PERMISSION_DENIED", "no"),
        *(AccessDeniedError, "access-denied", "http://host refuses: no. Check the cred"),
    ),
    "denied without JSON": (
        HttpError(401, "", "You are not authenticated"),
        *(AccessDeniedError, "access-denied"),
        "http://host refuses: 401 You are not authenticated. Check",
    ),
    "no MLflow server": (
        HttpError(404, "", "<html>", "/api/x"),
        *(MissingEndpointError, "not-an-mlflow-server"),
        "http://host has no /api/x: it is not an MLflow server, or an old one. Check",
    ),
    "no JSON": (
        HttpError(200, "", "Welcome"),
        *(OutcomeUnknownError, "not-an-mlflow-server"),
        "http://host answers, but not in MLflow's JSON: it is not an MLflow server, or an old one. Check",
    ),
    "a login page": (
        HttpError(200, "", "<html>"),
        *(OutcomeUnknownError, "not-an-mlflow-server"),
        "http://host answers with an HTML page, such as one to log in: it is",
    ),
    "redirect": (
        HttpError(302),
        *(InvalidRequestError, "redirected"),
        "http://host redirects to another address (302). Set",
    ),
    "another status": (
        HttpError(413, "", "too large"),
        *(InvalidParameterError, "invalid-parameter"),
        "http://host does not accept the request: 413 too large.",
    ),
    "a quota, whatever the status": (
        HttpError(400, "QUOTA_EXCEEDED", "100 models"),
        *(InvalidRequestError, "request-refused"),
        "http://host does not accept the request: 100 models.",
    ),
    "too many requests, whatever the status": (
        HttpError(400, "RESOURCE_EXHAUSTED", "slow"),
        *(OutcomeUnknownError, "outcome-unknown"),
        "http://host answers with an error: 429 slow.",
    ),
    "server failure, whatever its code": (
        HttpError(500, "INVALID_PARAMETER_VALUE", "oops"),
        *(OutcomeUnknownError, "outcome-unknown", "http://host answers with an error: 500 oops."),
    ),
    "busy": (
        HttpError(429),
        *(OutcomeUnknownError, "outcome-unknown", "http://host answers with an error: 429."),
    ),
    "gateway timeout": (
        HttpError(504, "", "upstream"),
        *(ReplyTimeoutError, "reply-timeout", "http://host answers with an error: 504 upstream."),
    ),
    "outdated database": (
        HttpError(500, "INTERNAL_ERROR", OUTDATED),
        *(ServerError, "outdated-database"),
        f"http://host cannot be used: {OUTDATED.partition(' Take')[0]} Back",
    ),
    "late": (
        NoReplyError("no answer in time", late=True),
        *(ReplyTimeoutError, "reply-timeout", "http://host did not answer: no answer in time."),
    ),
    "cut": (
        NoReplyError("the connection was cut"),
        *(OutcomeUnknownError, "outcome-unknown", "http://host did not answer: the connection"),
    ),
    "not sent": (
        NoReplyError("connection refused", sent=False),
        *(UnreachableError, "server-unreachable"),
        "cannot reach http://host: connection refused. Check",
    ),
    "a connection of Python": (
        ConnectionResetError(104, "reset"),
        *(OutcomeUnknownError, "outcome-unknown", "http://host did not answer: the connection"),
    ),
    "a file": (
        PermissionError(13, "Permission denied", "/x"),
        *(ServerError, "server-error", "http://host: [Errno 13] Permission denied: '/x'."),
    ),
    "a package": (
        ModuleNotFoundError("No module named 'boto3'", name="boto3"),
        *(ConfigError, "missing-package", "http://host needs the package boto3. Install boto3."),
    ),
    "packages that do not fit together": (
        ImportError("cannot import name 'x' from 'sqlalchemy.pool'", name="sqlalchemy.pool"),
        *(ConfigError, "broken-package"),
        "http://host: cannot import name 'x' from 'sqlalchemy.pool'. Install",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_failure_becomes_one_clear_error(case: str) -> None:
    error, kind, code, message = CASES[case]
    with pytest.raises(RegistrarError) as caught, translated(WHERE):
        raise error
    (problem,) = caught.value.problems
    assert type(caught.value) is kind
    assert problem.code == code
    assert str(problem).startswith(message)


def test_a_database_has_no_status() -> None:
    error = HttpError(503, "TEMPORARILY_UNAVAILABLE", "disk I/O error")
    with (
        pytest.raises(OutcomeUnknownError, match="db failed: disk I/O error"),
        translated(DATABASE),
    ):
        raise error


@pytest.mark.parametrize(
    "bug",
    [
        TypeError("log() takes 3 positional arguments but 4 were given"),
        AttributeError("'NoneType' object has no attribute 'x'"),
        *(KeyError("x"), ValueError("x"), AssertionError(), NotImplementedError(), NameError("x")),
        ModuleNotFoundError("No module named 'registrar.x'", name="registrar.x"),
        ModuleNotFoundError("No module named ''"),
    ],
    ids=repr,
)
def test_a_programming_error_stays_one(bug: Exception) -> None:
    with pytest.raises(type(bug)) as caught, translated(WHERE):
        raise bug
    assert caught.value is bug


def test_an_error_of_ours_stays_as_it_is() -> None:
    error = NotFoundError("x")
    with pytest.raises(NotFoundError) as caught, translated(WHERE):
        raise error
    assert caught.value is error


def test_messages_are_one_line_without_statements_and_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "correct-horse")
    text = "(x) no such table\n[SQL: SELECT secret FROM t]\n[parameters: ('a',)]"
    assert clean_message(text) == "(x) no such table"
    assert clean_message("bad: correct-horse") == "bad: ***"
    assert "pw" not in clean_message("postgresql://me:pw@host/db failed")
    assert clean_message(ValueError()) == "ValueError"
    assert clean_message("") == ""
    assert len(clean_message("x" * 10_000)) == 500

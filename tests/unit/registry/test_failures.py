"""Why a request got no reply, from the exceptions of urllib3 and of database drivers."""

from __future__ import annotations

import socket
import ssl
from http.client import RemoteDisconnected

import pytest
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from registrar.registry.failures import NoReplyError, classify

POOL = HTTPConnectionPool("host")
CONNECTION = HTTPConnection("host")


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def wrong_version() -> ssl.SSLError:
    error = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


CASES = {
    "no such host": (
        NameResolutionError("host", CONNECTION, socket.gaierror(-2, "Name not known")),
        ("no such host", False, False),
    ),
    "refused": (
        caused(NewConnectionError(CONNECTION, "[Errno 111]"), ConnectionRefusedError(111, "no")),
        ("connection refused", False, False),
    ),
    "another reason not to connect": (
        NewConnectionError(CONNECTION, "[Errno 101] Network is unreachable"),
        ("[Errno 101] Network is unreachable", False, False),
    ),
    "connect timeout": (
        ConnectTimeoutError(CONNECTION, "timed out"),
        ("no answer to the connection in time", False, False),
    ),
    "read timeout": (ReadTimeoutError(POOL, "/", "timed out"), ("no answer in time", True, True)),
    "certificate": (
        SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed")),
        (
            "its certificate is not trusted (MLFLOW_TRACKING_SERVER_CERT_PATH names a CA)",
            False,
            False,
        ),
    ),
    "no TLS": (SSLError(wrong_version()), ("it does not speak TLS (https)", False, False)),
    "tunnel": (
        ProxyError("cannot connect", OSError("Tunnel connection failed: 407 Password Required")),
        ("the proxy refuses to connect: 407 Password Required", False, False),
    ),
    "cut": (
        ProtocolError("Connection aborted.", RemoteDisconnected("closed")),
        ("the connection was cut", True, False),
    ),
    "reset": (ConnectionResetError(104, "reset by peer"), ("the connection was cut", True, False)),
    "psycopg2 refused": (
        RuntimeError('connection to server at "host", port 1 failed: Connection refused\n\tIs it'),
        ("connection refused", False, False),
    ),
    "sqlite locked": (
        RuntimeError("(sqlite3.OperationalError) database is locked"),
        ("another process has locked the database", False, False),
    ),
    "unknown": (RuntimeError("strange"), ("strange", True, False)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("wrapped", [False, True])
def test_the_reason_of_a_missing_reply(case: str, wrapped: bool) -> None:
    error, (reason, sent, late) = CASES[case]
    if wrapped and isinstance(error, OSError | RuntimeError):
        pytest.skip("urllib3 wraps its own errors")
    failure = classify(MaxRetryError(POOL, "/", error) if wrapped else error)  # type: ignore[arg-type]
    assert isinstance(failure, NoReplyError)
    assert (failure.sent, failure.late) == (sent, late)
    assert reason in failure.reason

"""The log on stderr: requests, retries and waits, in the order of their times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result

UNREACHABLE = "http://127.0.0.1:9"
TIME = r"\d\d:\d\d:\d\d\.\d{3} "


def test_verbose_shows_each_request_and_the_result_stays_the_same(
    registrar: Callable[..., Result], server: str
) -> None:
    quiet = registrar("show", MLFLOW_TRACKING_URI=server)

    result = registrar("show", "verbose=true", MLFLOW_TRACKING_URI=server)

    assert (result.code, result.out) == (0, quiet.out)
    lines = result.err.splitlines()
    assert all(re.match(TIME + re.escape(f"GET {server}/"), line) for line in lines)
    assert re.fullmatch(TIME + r"GET \S+/version: 200 after \d+ ms", lines[0])


def test_requests_are_shown_without_secrets(registrar: Callable[..., Result], server: str) -> None:
    secret = "hunter2-of-the-environment"

    result = registrar(
        "show",
        f"name={secret}",
        MLFLOW_TRACKING_URI=server,
        REGISTRAR_LOG="debug",
        TEAM_TOKEN=secret,
    )

    assert "/registered-models/" in result.err
    assert secret not in result.err


def test_a_long_retry_is_told_once_without_being_asked(registrar: Callable[..., Result]) -> None:
    result = registrar("show", "server.timeout=3", MLFLOW_TRACKING_URI=UNREACHABLE)

    warning, error = result.err.splitlines()
    assert warning == (
        f"cannot reach {UNREACHABLE}: connection refused; trying again for up to 3 s"
    )
    assert error.startswith(f"cannot reach {UNREACHABLE}: connection refused. ")
    assert result.code == 4


def test_an_unknown_level_is_refused(registrar: Callable[..., Result]) -> None:
    result = registrar("show", REGISTRAR_LOG="inf")

    assert (result.code, result.err) == (
        2,
        "REGISTRAR_LOG is 'inf', not one of debug, info, warning. Did you mean 'info'?\n",
    )

"""A server that does not tell what its user may do stops nothing, whatever it replies."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.errors import ServerError
from registrar.registry.failures import NoReplyError, OversizedReplyError, UnexpectedReplyError
from registrar.registry.http.rights import read_rights
from registrar.registry.http.session import Session
from registrar.registry.http.transport import Reply

NO_ANSWERS = [
    NoReplyError("no answer in time"),
    OversizedReplyError("its reply has more bytes"),
    UnexpectedReplyError("it redirects to itself"),
    ServerError("it redirects to another server"),
    Reply(404, b'{"user": {"username": "ann"}}'),
    Reply(200, b"<html>"),
    Reply(200, b"[" * 20_000),
    Reply(200, b'{"user": "ann"}'),
]


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_rights_that_a_server_does_not_tell_are_not_known(
    monkeypatch: pytest.MonkeyPatch, answer: Reply | Exception
) -> None:
    def request(*_: Any, **__: Any) -> Reply:
        if isinstance(answer, Reply):
            return answer
        raise answer

    session = Session("http://127.0.0.1", 1)
    session.headers["Authorization"] = "Basic YTpi"
    monkeypatch.setattr(session, "request", request)
    assert read_rights(session, ["m"]) is None

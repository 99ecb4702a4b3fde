"""A file behind a redirect on the same server is as large as its folder says, no more and no less."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from registrar.registry.failures import OversizedReplyError
from registrar.registry.http import session as sessions
from tests.support.serving import serve_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.registry.http.artifacts import HttpFiles

CONTENT = b"0123456789" * 100


class Server(BaseHTTPRequestHandler):
    """Redirects each request to another folder of its own."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        is_moved = self.path.startswith("/moved")
        self.send_response(200 if is_moved else 302)
        self.send_header("Location", f"/moved{self.path}")
        self.send_header("Content-Length", str(len(CONTENT) if is_moved else 0))
        self.end_headers()
        self.wfile.write(CONTENT if is_moved else b"")

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def files() -> Iterator[HttpFiles]:
    with serve_files(Server) as files:
        yield files


def test_the_limit_of_a_reply_is_not_that_of_the_file(
    files: HttpFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "REPLY_LIMIT", 100)
    assert files.read("model.pkl", len(CONTENT)) == CONTENT
    monkeypatch.setattr(sessions, "REPLY_LIMIT", 10_000)
    with pytest.raises(OversizedReplyError, match="more than 999 bytes"):
        files.read("model.pkl", len(CONTENT) - 1)

"""A forward proxy as companies have them: it may ask for a user and a password."""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.support.serving import serve
from tests.support.tunnel import relay

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ForwardProxy", "run_forward_proxy"]


@dataclass
class ForwardProxy:
    """A running proxy: its `host:port`, and what it was asked for, refused requests too.

    That is the URL of a plain request, and `host:port` of a tunnel.
    """

    address: str
    urls: list[str] = field(default_factory=list)


@contextlib.contextmanager
def run_forward_proxy(user: str = "", password: str = "") -> Iterator[ForwardProxy]:
    """Run a proxy for HTTP and for tunnels; with a user it answers 407 to all others."""
    expected = base64.b64encode(f"{user}:{password}".encode()).decode() if user else None

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Print nothing."""

        def is_welcome(self) -> bool:
            proxy.urls.append(self.path)
            if expected and self.headers.get("Proxy-Authorization") != f"Basic {expected}":
                self.reply(407, b"Proxy Authentication Required", "text/plain")
                return False
            return True

        def do_CONNECT(self) -> None:
            self.close_connection = True
            if not self.is_welcome():
                return
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port)), timeout=60) as upstream:
                self.send_response(200, "Connection established")
                self.end_headers()
                relay(self.connection, upstream)

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not self.is_welcome():
                return
            url = urlsplit(self.path)
            connection = http.client.HTTPConnection(url.netloc, timeout=60)
            headers = {
                key: value
                for key, value in self.headers.items()
                if key.lower() not in {"proxy-authorization", "proxy-connection", "connection"}
            }
            target = f"{url.path}?{url.query}" if url.query else url.path
            connection.request(self.command, target, body, headers)
            answer = connection.getresponse()
            kind = answer.headers.get("Content-Type", "text/plain")
            self.reply(answer.status, answer.read(), kind)
            connection.close()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward  # noqa: N815 - the base class's names

        def reply(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy = ForwardProxy(f"127.0.0.1:{server.server_address[1]}")
    with serve(server):
        yield proxy

"""A proxy in front of a server that remembers every request, and may answer some of them itself."""

from __future__ import annotations

import contextlib
import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "server", "date"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def writes(self) -> bool:
        """Whether it may change something. MLflow's searches are POST requests, and do not."""
        return self.method not in {"GET", "HEAD"} and not self.path.endswith("/search")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that does not come from the server behind."""

    status: int
    text: str = ""
    content_type: str = "text/plain"


def always(reply: Reply) -> Callable[[Request], Reply]:
    """The same answer to everything."""
    return lambda _: reply


@contextlib.contextmanager
def recording(
    server: str | None,
    answer: Callable[[Request], Reply | None] | None = None,
    *,
    tls: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, list[Request]]]:
    """The URL of a proxy in front of `server`, and the requests it has had, until the block ends.

    What `answer` replies is sent in place of the server's own reply; without a server, that is
    all there is.
    """
    upstream = urlsplit(server or "")
    seen: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, body, dict(self.headers))
            seen.append(request)
            reply = answer(request) if answer else None
            if reply is None and server is not None:
                self.forward(request)
            else:
                reply = reply or Reply(404)
                self.reply(
                    reply.status, [("Content-Type", reply.content_type)], reply.text.encode()
                )

        def forward(self, request: Request) -> None:
            link = http.client.HTTPConnection(str(upstream.hostname), upstream.port, timeout=60)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
            link.request(request.method, request.target, request.body, headers)
            answered = link.getresponse()
            content = answered.read()
            link.close()
            kept = [(k, v) for k, v in answered.getheaders() if k.lower() not in HOP]
            self.reply(answered.status, kept, content)

        def reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            for key, value in headers:
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do  # noqa: N815

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up, as one does that refuses a certificate."""

    proxy = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        proxy.socket = tls.wrap_socket(proxy.socket, server_side=True)
    threading.Thread(
        target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    ).start()
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{proxy.server_port}", seen
    finally:
        proxy.shutdown()
        proxy.server_close()

"""A proxy in front of a real server: records requests, answers some itself, or injects a fault.

`record_requests` is for tests that count requests or replace answers; `inject_fault` is for tests
that disturb one chosen write.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from tests.support.serving import serve

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

NetworkFault: TypeAlias = Literal[
    "reply lost", "503 before", "503 after", "connection reset", "slow reply"
]
FaultKind: TypeAlias = (
    NetworkFault | Literal["none", "kill before", "kill after", "interlude", "late write"]
)
NETWORK_FAULTS: tuple[NetworkFault, ...] = get_args(NetworkFault)
# Headers that belong to one connection, or that `BaseHTTPRequestHandler` writes itself.
HOP_HEADERS = {"connection", "transfer-encoding", "content-length", "keep-alive", "server", "date"}


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
        """Whether it may change something. MLflow's searches are POST requests that only read."""
        return self.method not in {"GET", "HEAD"} and not self.path.endswith("/search")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that the proxy gives instead of the server behind it."""

    status: int
    text: str = ""
    content_type: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Forwarded:
    """The server's own answer."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


@dataclass
class Fault:
    """A disturbance of write request number `at`, counted from 1; 0 disturbs none.

    With `only`, requests count whose path ends with it; with `reads`, reads count, too. "slow reply" and "late write" wait `delay`
    seconds. `act` is called at the disturbed request: before it is passed on ("interlude"), or after
    the server has answered ("slow reply", "late write"). `kill` ends the client ("kill before",
    "kill after"). Requests whose path ends with `denied` are answered with `denial`.
    """

    kind: FaultKind = "none"
    at: int = 0
    only: str = ""
    reads: bool = False
    delay: float = 0.0
    kill: Callable[[], object] = lambda: None
    act: Callable[[], object] = lambda: None
    denied: str = ""
    denial: Reply = Reply(403, "Permission denied")
    writes: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self, request: Request) -> bool:
        """Count a request and return whether it is the one to disturb."""
        if not (request.writes or self.reads) or not request.path.endswith(self.only):
            return False
        with self.lock:
            self.writes.append(str(request))
            return len(self.writes) == self.at

    def respond(
        self, request: Request, forward: Callable[[], _Forwarded]
    ) -> Reply | _Forwarded | None:
        """Return what the client receives: None resets the connection."""
        kind = self.kind if self.is_due(request) else "none"
        if self.denied and request.path.endswith(self.denied):
            return self.denial
        match kind:
            case "none":
                return forward()
            case "interlude":
                self.act()
                return forward()
            case "503 before":
                return Reply(503, "unavailable")
            case "503 after":
                forward()
                return Reply(503, "unavailable")
            case "connection reset":
                return None
            case "reply lost":
                forward()
                return None
            case "kill before":
                self.kill()
                return None
            case "kill after":
                forward()
                self.kill()
                return None
            case "late write":
                time.sleep(self.delay)
                forward()
                self.act()
                return None
            case "slow reply":
                answer = forward()
                self.act()
                time.sleep(self.delay)
                return answer


def always(reply: Reply) -> Callable[[Request], Reply]:
    """Return a function that gives the same answer to every request."""
    return lambda _: reply


@contextlib.contextmanager
def record_requests(
    server: str | None,
    answer: Callable[[Request], Reply | None] = lambda _: None,
    *,
    tls: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, list[Request]]]:
    """Yield the URL of a proxy in front of `server`, and the list of the requests it receives.

    A reply of `answer` is sent instead of the server's. Without a server, everything else is 404.
    """
    requests: list[Request] = []

    def respond(request: Request, forward: Callable[[], _Forwarded]) -> Reply | _Forwarded:
        requests.append(request)
        return answer(request) or (forward() if server else Reply(404))

    with _run_proxy(server or "", respond, tls) as url:
        yield url, requests


@contextlib.contextmanager
def inject_fault(server: str, fault: Fault) -> Iterator[str]:
    """Yield the URL of a proxy in front of `server` that does what `fault` says."""
    with _run_proxy(server, fault.respond, None) as url:
        yield url


@contextlib.contextmanager
def _run_proxy(
    server: str,
    respond: Callable[[Request, Callable[[], _Forwarded]], Reply | _Forwarded | None],
    tls: ssl.SSLContext | None,
) -> Iterator[str]:
    class Handler(_Handler):
        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, body, dict(self.headers))
            match respond(request, lambda: _forward(server, request)):
                case Reply() as reply:
                    content_type = [("Content-Type", reply.content_type)]
                    headers = [*content_type, *reply.headers]
                    self.reply(reply.status, headers, reply.text.encode())
                case _Forwarded() as answer:
                    self.reply(answer.status, answer.headers, answer.content)
                case None:
                    self.reset()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve  # noqa: N815

    proxy = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        proxy.socket = tls.wrap_socket(proxy.socket, server_side=True)
    with serve(proxy):
        yield f"{'https' if tls else 'http'}://127.0.0.1:{proxy.server_port}"


def _forward(server: str, request: Request) -> _Forwarded:
    upstream = urlsplit(server)
    link = http.client.HTTPConnection(str(upstream.hostname), upstream.port, timeout=60)
    headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_HEADERS}
    link.request(request.method, request.target, request.body, headers)
    answer = link.getresponse()
    content = answer.read()
    link.close()
    kept_headers = [(k, v) for k, v in answer.getheaders() if k.lower() not in HOP_HEADERS]
    return _Forwarded(answer.status, kept_headers, content)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def reset(self) -> None:
        """Reset the connection: the client sees ECONNRESET, not an orderly end."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that hang up: killed ones, and those that refuse a certificate."""

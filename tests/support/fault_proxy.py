"""A proxy between registrar and a real server that does harm at one chosen write request."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAULTS = ("reply lost", "503 before", "503 after", "connection reset", "slow reply")
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "server", "date"}


@dataclass
class Harm:
    """What happens at write request number `at` (counted from 1; 0: nothing ever).

    With `only`, the requests whose path ends so are the ones that count. "meanwhile" calls `arrived`
    before the request is passed on. Requests whose path ends in `denied` are answered 403.
    """

    fault: str = ""
    at: int = 0
    only: str = ""
    slow: float = 0.0
    kill: Callable[[], object] | None = None
    arrived: Callable[[], object] | None = None
    denied: str = ""
    writes: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def due(self, method: str, path: str) -> bool:
        """Count a request; whether this is the one."""
        path = urlsplit(path).path
        if method not in WRITES or path.endswith("/search") or not path.endswith(self.only):
            return False
        with self.lock:
            self.writes.append(f"{method} {path}")
            return len(self.writes) == self.at


@contextlib.contextmanager
def between(server: str, harm: Harm) -> Iterator[str]:
    """The URL of a proxy in front of `server`, until the block ends."""
    upstream = urlsplit(server)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            link = http.client.HTTPConnection(str(upstream.hostname), upstream.port, timeout=60)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
            link.request(self.command, self.path, body, headers)
            reply = link.getresponse()
            content = reply.read()
            link.close()
            return reply.status, reply.getheaders(), content

        def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def cut(self) -> None:
            """Reset the connection: the peer sees ECONNRESET, not an orderly end."""
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = harm.fault if harm.due(self.command, self.path) else ""
            if harm.denied and urlsplit(self.path).path.endswith(harm.denied):
                self.answer(403, [], b"Permission denied")
                return
            match fault:
                case "meanwhile":
                    harm.arrived()  # type: ignore[misc]
                    self.answer(*self.forward(body))
                case "":
                    self.answer(*self.forward(body))
                case "503 before":
                    self.answer(503, [], b"unavailable")
                case "connection reset":
                    self.cut()
                case "kill before":
                    harm.kill()  # type: ignore[misc]
                    self.cut()
                case "503 after":
                    self.forward(body)
                    self.answer(503, [], b"unavailable")
                case "reply lost":
                    self.forward(body)
                    self.cut()
                case "kill after":
                    self.forward(body)
                    harm.kill()  # type: ignore[misc]
                    self.cut()
                case "carried out late":
                    time.sleep(harm.slow)
                    self.forward(body)
                    if harm.arrived:
                        harm.arrived()
                    self.cut()
                case "slow reply":
                    reply = self.forward(body)
                    if harm.arrived:
                        harm.arrived()
                    time.sleep(harm.slow)
                    self.answer(*reply)
                case _:
                    raise AssertionError(fault)

        def do_GET(self) -> None:
            with contextlib.suppress(ConnectionError, ValueError):
                self.serve()

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - http.server's names

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
    finally:
        proxy.shutdown()
        proxy.server_close()

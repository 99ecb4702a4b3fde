"""A SOCKS5 proxy on loopback (RFC 1928, RFC 1929): it may ask for a user and a password."""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

from tests.support.serving import serve
from tests.support.tunnel import relay

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SocksProxy", "run_socks_proxy"]

VERSION, LOGIN_VERSION = 5, 1
NO_LOGIN, LOGIN, NO_METHOD = 0, 2, 255
IPV4, NAME = 1, 3
GRANTED, REFUSED = 0, 1


@dataclass
class SocksProxy:
    """A running proxy: its `host:port`, and each `host:port` that it has connected to."""

    address: str
    targets: list[str] = field(default_factory=list)


@contextlib.contextmanager
def run_socks_proxy(user: str = "", password: str = "") -> Iterator[SocksProxy]:
    """Run a proxy; with a user it refuses all others."""

    class Handler(StreamRequestHandler):
        rbufsize = 0  # what follows the handshake is for the other side

        def handle(self) -> None:
            if not self.greet():
                return
            _, _, _, kind = self.rfile.read(4)
            if kind == NAME:
                host = self.rfile.read(self.rfile.read(1)[0]).decode()
            else:
                assert kind == IPV4
                host = socket.inet_ntoa(self.rfile.read(4))
            (port,) = struct.unpack("!H", self.rfile.read(2))
            proxy.targets.append(f"{host}:{port}")
            with socket.create_connection((host, port), timeout=60) as upstream:
                self.wfile.write(bytes([VERSION, GRANTED, 0, IPV4]) + bytes(6))
                relay(self.connection, upstream)

        def greet(self) -> bool:
            """Agree on how the client logs in; return whether it may go on."""
            _, count = self.rfile.read(2)
            wanted = LOGIN if user else NO_LOGIN
            if wanted not in self.rfile.read(count):
                self.wfile.write(bytes([VERSION, NO_METHOD]))
                return False
            self.wfile.write(bytes([VERSION, wanted]))
            if wanted == NO_LOGIN:
                return True
            self.rfile.read(1)
            given = [self.rfile.read(self.rfile.read(1)[0]).decode() for _ in range(2)]
            is_right = given == [user, password]
            self.wfile.write(bytes([LOGIN_VERSION, GRANTED if is_right else REFUSED]))
            return is_right

    class Server(ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    proxy = SocksProxy(f"127.0.0.1:{server.server_address[1]}")
    with serve(server):
        yield proxy

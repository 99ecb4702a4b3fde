"""Connections of urllib3 whose waits all end at a deadline, and which acknowledge replies at once.

A timeout of a socket starts anew with each byte, so a server that drips would never be given up.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Retry
from urllib3.util.wait import wait_for_read

from registrar.registry.deadline import POLL_INTERVAL
from registrar.registry.http.transport import BLOCK, CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.registry.deadline import Deadline
    from registrar.registry.http.environment import Proxy

__all__ = ["make_pool", "within"]

# The kernel delays the acknowledgement of a reply's first segment by 40 ms, and MLflow's server
# sends the rest only then: 56 ms a reply, 9 ms with TCP_QUICKACK. Linux resets it with each reply.
QUICKACK = getattr(socket, "TCP_QUICKACK", None)
BUFFER = 65_536  # bytes that are read at a time
MAX_HEADER_BYTES = 8 * 1024 * 1024  # of the part before the body


_deadline: ContextVar[Deadline] = ContextVar("deadline")


@contextlib.contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Let the requests of this thread end at a deadline, until the block ends."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def make_pool(proxy: Proxy | None, tls: dict[str, Any]) -> urllib3.PoolManager:
    """Return a pool of such connections; they may be used inside `within` only."""
    settings = {"maxsize": CONNECTIONS, "block": True, "retries": Retry(0), **tls}
    settings["blocksize"] = BLOCK
    if proxy is None:
        pool = urllib3.PoolManager(**settings)
    else:
        pool = urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, **settings)
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pool


class _Received(io.RawIOBase):
    """What a socket receives, until the deadline of the request."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self.sock = sock
        self.raw = sock.makefile("rb", buffering=0)
        self.deadline = deadline
        self.received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        _wait_for_data(self.sock, self.deadline)
        size: int | None = self.raw.readinto(buffer)
        self.received += size or 0
        self.deadline.count(self.received - MAX_HEADER_BYTES)
        return size

    def close(self) -> None:
        if not self.closed:
            self.raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Received(sock, _deadline.get()), BUFFER)


class _Connection(HTTPConnection):
    response_class = _Response

    def connect(self) -> None:
        """Connect, until the deadline."""
        self.timeout = _deadline.get().remaining()
        super().connect()

    def send(self, data: Any) -> None:
        """Send a part of a request, until the deadline."""
        if self.sock is not None:
            self.sock.settimeout(_deadline.get().remaining())
        super().send(data)

    def getresponse(self) -> Any:
        """Return the reply; its first segment is acknowledged at once."""
        _quick_ack(self.sock)
        return super().getresponse()


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _wait_for_data(sock: Any, deadline: Deadline) -> None:
    """Wait until a socket has something to read. Raises TimeoutError at the deadline."""
    deadline.check_stop()
    sock.settimeout(deadline.remaining())
    if not isinstance(sock, socket.socket):  # TLS within TLS, which buffers data
        return
    pending = getattr(sock, "pending", None)
    if pending is not None and pending():
        return
    while not wait_for_read(sock, min(POLL_INTERVAL, deadline.remaining())):
        deadline.check_stop()
    sock.settimeout(deadline.remaining())


def _quick_ack(sock: Any) -> None:
    if QUICKACK is not None and sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)

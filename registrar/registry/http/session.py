"""Requests sent by urllib3, which answers faster than MLflow's client.

MLflow's client stands on urllib3, too. It imports in a tenth of a second less than requests, and
lets a connection acknowledge a reply at once.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationValueError
from urllib3.util import Retry, Timeout

from registrar.errors import ConfigError, Problem
from registrar.registry.failures import classify
from registrar.registry.http.environment import (
    Proxy,
    allows_redirects,
    proxy_for,
    request_headers,
    tls_settings,
)
from registrar.registry.http.transport import CONNECTIONS, Reply
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import IO

    from urllib3.response import BaseHTTPResponse

__all__ = ["Session"]

REDIRECTS = 5  # that a GET follows, at most
REDIRECT_STATUSES = {301, 302, 303, 307, 308}
DEFAULT_PORTS = {"http": 80, "https": 443}
# The kernel delays the acknowledgement of a reply's first segment by 40 ms, and MLflow's server
# sends the rest only then: 56 ms a reply, 9 ms with TCP_QUICKACK. Linux resets it with each reply.
QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class Session:
    """See `Transport`. Each request has `timeout` seconds for its reply."""

    def __init__(self, uri: str, timeout: float) -> None:
        self.base = uri.rstrip("/")
        self.timeout = timeout
        self.headers = request_headers()
        self.follows = allows_redirects()
        self.tls = tls_settings()
        self.pools: dict[str | None, urllib3.PoolManager] = {}
        self.lock = threading.Lock()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """See `Transport`."""
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        headers = {"Content-Type": "application/json"} if body is not None else {}
        response = self._send(method, target, body=body, headers=headers)
        return Reply(response.status, response.data)

    def upload(self, path: str, file: Path, extra: float) -> Reply:
        """See `Transport`."""
        with file.open("rb") as stream:
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Length": str(file.stat().st_size),
            }
            response = self._send("PUT", path, body=stream, headers=headers, extra=extra)
        return Reply(response.status, response.data)

    def download(self, path: str, file: Path) -> Reply:
        """See `Transport`."""
        response = self._send("GET", path, preload_content=False)
        try:
            if response.status != 200:
                return Reply(response.status, response.data)
            with file.open("wb") as target:
                shutil.copyfileobj(response, target)
        except HTTPError as error:
            raise classify(error) from error
        finally:
            response.release_conn()
        return Reply(response.status)

    def close(self) -> None:
        """See `Transport`."""
        for pool in self.pools.values():
            pool.clear()

    def _send(
        self,
        method: str,
        target: str,
        *,
        body: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        extra: float = 0,
        preload_content: bool = True,
    ) -> BaseHTTPResponse:
        url = self.base + target
        headers = {**self.headers, **(headers or {})}
        redirects = 0
        while True:
            try:
                response = self._pool(url).request(
                    method,
                    url,
                    body=body,
                    headers=headers,
                    redirect=False,
                    preload_content=preload_content,
                    timeout=Timeout(connect=self.timeout, read=self.timeout + extra),
                )
            except LocationValueError as error:
                message = f"{safe_uri(self.base)} is not an address: {error}"
                hint = "Correct server.tracking_uri."
                raise ConfigError(Problem("invalid-address", message, hint)) from None
            except HTTPError as error:
                raise classify(error) from error
            location = response.headers.get("Location")
            may_follow = self.follows and method == "GET" and redirects < REDIRECTS
            if response.status not in REDIRECT_STATUSES or not location or not may_follow:
                return response
            response.drain_conn()
            redirects += 1
            previous, url = url, urljoin(url, location)
            if not _keeps_credentials(previous, url):
                headers = {key: text for key, text in headers.items() if key != "Authorization"}

    def _pool(self, url: str) -> urllib3.PoolManager:
        """Return the connections that lead to `url`: through its proxy, if it has one."""
        proxy = proxy_for(url)
        key = proxy.url if proxy else None
        with self.lock:
            if key not in self.pools:
                self.pools[key] = _make_pool(proxy, self.tls)
            return self.pools[key]


class _QuickAckConnection(HTTPConnection):
    def getresponse(self) -> Any:
        """Return the reply; its first segment is acknowledged at once."""
        _quick_ack(self.sock)
        return super().getresponse()


class _QuickAckTlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        """Return the reply; its first segment is acknowledged at once."""
        _quick_ack(self.sock)
        return super().getresponse()


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _QuickAckConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _QuickAckTlsConnection


def _make_pool(proxy: Proxy | None, tls: dict[str, Any]) -> urllib3.PoolManager:
    settings = {"maxsize": CONNECTIONS, "block": True, "retries": Retry(0), **tls}
    if proxy is None:
        pool = urllib3.PoolManager(**settings)
    else:
        pool = urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, **settings)
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pool


def _quick_ack(sock: Any) -> None:
    if QUICKACK is not None and sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)


def _keeps_credentials(previous: str, url: str) -> bool:
    """Return whether a redirect stays on the server, or takes it from HTTP to HTTPS."""
    old, new = urlsplit(previous), urlsplit(url)
    ports = [part.port or DEFAULT_PORTS.get(part.scheme) for part in (old, new)]
    if old.hostname != new.hostname:
        return False
    return (old.scheme, ports[0]) == (new.scheme, ports[1]) or (
        (old.scheme, new.scheme) == ("http", "https") and ports == [80, 443]
    )

"""Requests sent by urllib3, which answers faster than MLflow's client.

MLflow's client stands on urllib3, too. It imports in a tenth of a second less than requests, and
lets a connection acknowledge a reply at once.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError, LocationValueError
from urllib3.util import Timeout

from registrar.errors import ConfigError, Problem
from registrar.log import log_request
from registrar.registry.deadline import Deadline
from registrar.registry.failures import NoReplyError, classify
from registrar.registry.http.compressed import decompress
from registrar.registry.http.connections import make_pool, within
from registrar.registry.http.environment import (
    allows_redirects,
    proxy_for,
    request_headers,
    tls_settings,
)
from registrar.registry.http.redirects import STATUSES, check_redirect, follow
from registrar.registry.http.transport import (
    BLOCK,
    DOWNLOAD_SPEED,
    PIECE,
    REPLY_LIMIT,
    Reply,
    parse_retry_after,
)
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import urllib3
    from urllib3.response import BaseHTTPResponse

    from registrar.registry.http.credentials import Credentials
    from registrar.registry.http.transport import Outgoing
    from registrar.registry.moving_files import ReceivedBytes

__all__ = ["Session"]

MAX_REDIRECTS = 5  # that a GET follows


class Session:
    """See `Transport`. Each request has `timeout` seconds, from its first byte to the reply's last.

    `stop` says whether the run was stopped: then no reply is waited for but those to writes.
    """

    def __init__(
        self,
        uri: str,
        timeout: float,
        stop: Callable[[], bool] = lambda: False,
        credentials: Credentials | None = None,
    ) -> None:
        self.base = uri.rstrip("/")
        self.timeout = timeout
        self.stop = stop
        self.headers = request_headers(credentials)
        self.has_credentials = "Authorization" in self.headers
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
        is_read = method == "GET" or path.endswith("/search")
        deadline = self._deadline(self.timeout, is_read=is_read)
        with self._sent(deadline, method, target, body=body, headers=headers) as response:
            return _read(response, deadline)

    def upload(self, path: str, file: Outgoing, extra: float) -> Reply:
        """See `Transport`."""
        deadline = self._deadline(self.timeout + extra, is_read=False)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.size)}
        with self._sent(deadline, "PUT", path, body=file, headers=headers) as response:
            return _read(response, deadline)

    def download(self, path: str, received: ReceivedBytes, limit: int | None = None) -> Reply:
        """See `Transport`."""
        deadline = self._deadline(self.timeout, is_read=True, size=limit)
        with self._sent(deadline, "GET", path) as response:
            if response.status != 200:
                return _read(response, deadline)
            for piece in _stream(response, BLOCK):
                deadline.count(received.count + len(piece))
                start = time.monotonic()
                received.add(piece)
                # What receives the bytes may be slow itself: another server that they are sent to.
                deadline.extend(len(piece) / DOWNLOAD_SPEED + time.monotonic() - start)
            return Reply(response.status)

    def close(self) -> None:
        """See `Transport`."""
        for pool in self.pools.values():
            pool.clear()

    def _deadline(
        self, seconds: float, *, is_read: bool, size: int | None = REPLY_LIMIT
    ) -> Deadline:
        return Deadline(seconds, size, self.stop) if is_read else Deadline(seconds, size)

    @contextlib.contextmanager
    def _sent(
        self,
        deadline: Deadline,
        method: str,
        target: str,
        *,
        body: bytes | Outgoing | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[BaseHTTPResponse]:
        """Send a request; yield the response, whose body is still to be read."""
        url = self.base + target
        headers = {**self.headers, **(headers or {})}
        redirects = 0
        with within(deadline):
            while True:
                with self._response(deadline, method, url, body, headers) as response:
                    location = response.headers.get("Location")
                    may_follow = self.follows and method == "GET" and redirects < MAX_REDIRECTS
                    check_redirect(self.base, url, response.status, location)
                    if response.status not in STATUSES or not location or not may_follow:
                        yield response
                        return
                    _read(response, deadline)  # so that the connection can be used again
                redirects += 1
                url = follow(self.base, url, location)

    @contextlib.contextmanager
    def _response(
        self,
        deadline: Deadline,
        method: str,
        url: str,
        body: bytes | Outgoing | None,
        headers: Mapping[str, str],
    ) -> Iterator[BaseHTTPResponse]:
        """Send one request; a connection whose reply was not read to its end is closed."""
        seconds = deadline.seconds
        start = time.monotonic()
        try:
            response = self._pool(url).request(
                method,
                url,
                body=cast("Any", body),  # all that urllib3 needs is `read`
                headers=headers,
                redirect=False,
                preload_content=False,
                timeout=Timeout(connect=seconds, read=seconds),
            )
            log_request(method, url, response.status, time.monotonic() - start)
            try:
                yield response
            except BaseException:
                response.close()
                raise
            finally:
                response.release_conn()
        except LocationValueError as error:
            message = f"{safe_uri(self.base)} is not an address: {error}"
            hint = "Correct server.tracking_uri."
            raise ConfigError(Problem("invalid-address", message, hint)) from None
        except HTTPError as error:
            failure = self._failure(error, url)
            log_request(method, url, failure.reason, time.monotonic() - start)
            raise failure from error

    def _failure(self, error: HTTPError, url: str) -> NoReplyError:
        """Return why there is no reply; a proxy on the way is named, since it may be the cause."""
        failure = classify(error)
        proxy = proxy_for(url)
        if proxy is not None:
            failure.reason += f" (through the proxy {proxy.url})"
        return failure

    def _pool(self, url: str) -> urllib3.PoolManager:
        """Return the connections that lead to `url`: through its proxy, if it has one."""
        proxy = proxy_for(url)
        key = proxy.url if proxy else None
        with self.lock:
            if key not in self.pools:
                self.pools[key] = make_pool(proxy, self.tls)
            return self.pools[key]


def _stream(response: BaseHTTPResponse, size: int) -> Iterator[bytes]:
    """Return the body of a response in pieces, decompressed."""
    pieces = response.stream(size, decode_content=False)
    return decompress(pieces, response.headers.get("Content-Encoding"))


def _read(response: BaseHTTPResponse, deadline: Deadline) -> Reply:
    """Return the reply, its body decompressed."""
    body = bytearray()
    expected, deadline.size = deadline.size, REPLY_LIMIT  # also where a file was expected
    for piece in _stream(response, PIECE):
        body += piece
        deadline.count(len(body))
    deadline.size = expected  # of the file that a redirect leads to
    return Reply(
        response.status, bytes(body), parse_retry_after(response.headers.get("Retry-After"))
    )

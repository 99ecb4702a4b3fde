"""Requests sent by MLflow's own client: signed ones, and those that plugins or netrc files change."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from registrar.errors import ConfigError, Problem
from registrar.log import log_request
from registrar.registry.deadline import Deadline, call_within
from registrar.registry.failures import classify
from registrar.registry.http.compressed import IDENTITY, decompress
from registrar.registry.http.environment import (
    check_socks,
    is_signed,
    tls_settings,
)
from registrar.registry.http.login import checked_login
from registrar.registry.http.redirects import check_redirect
from registrar.registry.http.transport import (
    BLOCK,
    DOWNLOAD_SPEED,
    PIECE,
    REPLY_LIMIT,
    Reply,
    parse_retry_after,
)
from registrar.registry.stored_files import FileChangedError
from registrar.registry.translate_errors import missing_package
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from registrar.registry.http.transport import Outgoing
    from registrar.registry.moving_files import ReceivedBytes

__all__ = ["MlflowSession"]

# What MLflow wraps as if the request had failed: a file that changes, and bugs.
PASSED_ON = (FileChangedError, AttributeError, LookupError, NameError, TypeError)


class MlflowSession:
    """See `Transport`. `prepare_mlflow` puts MLflow's settings in place; it may be called often.

    MLflow's client has no deadline, so each request has a thread, which is left alone where the
    deadline is over.
    """

    has_credentials = True  # a signature, a plugin or a netrc file: why this class is used

    def __init__(
        self,
        uri: str,
        timeout: float,
        prepare_mlflow: Callable[[], None],
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.base = uri.rstrip("/")
        self.timeout = timeout
        self.stop = stop
        self.prepare_mlflow = prepare_mlflow
        check_socks(uri)
        tls_settings()  # ConfigError: MLflow would tell of a wrong setting less clearly

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """See `Transport`."""
        # A signature for AWS spells a space as %20, never as '+'.
        target = f"{path}?{urlencode(query, doseq=True, quote_via=quote)}" if query else path
        headers = {"Content-Type": "application/json"} if body is not None else {}
        is_read = method == "GET" or path.endswith("/search")

        def send(deadline: Deadline) -> Reply:
            options = {"data": body, "extra_headers": headers}
            with self._sent(method, target, deadline, **options) as response:
                return _read(response)

        return self._call(Deadline(self.timeout, None, self.stop if is_read else _never), send)

    def upload(self, path: str, file: Outgoing, extra: float) -> Reply:
        """See `Transport`."""
        headers = {"Content-Type": "application/octet-stream"}

        def send(deadline: Deadline) -> Reply:
            # requests sends an empty stream in chunks, and a signature needs all bytes at once.
            body: Any = file if file.size and not is_signed() else file.read()
            options = {"data": body, "extra_headers": headers}
            with self._sent("PUT", path, deadline, **options) as response:
                return _read(response)

        return self._call(Deadline(self.timeout + extra), send)

    def download(self, path: str, received: ReceivedBytes, limit: int | None = None) -> Reply:
        """See `Transport`."""

        def send(deadline: Deadline) -> Reply:
            with self._sent("GET", path, deadline) as response:
                if response.status_code != 200:
                    return _read(response)
                for piece in _stream(response, BLOCK):
                    deadline.extend(len(piece) / DOWNLOAD_SPEED)
                    deadline.count(received.count + len(piece))
                    deadline.remaining()  # TimeoutError: nobody waits for this file any more
                    received.add(piece)
                return Reply(response.status_code)

        return self._call(Deadline(self.timeout, limit, self.stop), send)

    def close(self) -> None:
        """See `Transport`. The connections are MLflow's."""

    def _call(self, deadline: Deadline, send: Callable[[Deadline], Reply]) -> Reply:
        self.prepare_mlflow()
        try:
            return call_within(deadline, partial(send, deadline))
        except TimeoutError as error:
            raise classify(error) from None

    @contextlib.contextmanager
    def _sent(self, method: str, path: str, deadline: Deadline, **options: Any) -> Iterator[Any]:
        """Send a request; yield the response of requests. Failures of both raise NoReplyError."""
        import requests
        from mlflow.exceptions import MlflowException
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request
        from urllib3.exceptions import HTTPError

        options["extra_headers"] = {**IDENTITY, **options.get("extra_headers", {})}
        where = safe_uri(self.base)
        start = time.monotonic()
        try:
            with (
                checked_login(where),
                http_request(
                    get_default_host_creds(self.base),
                    path,
                    method,
                    max_retries=0,
                    timeout=deadline.seconds,
                    stream=True,
                    raise_on_status=False,
                    allow_redirects=False,
                    **options,
                ) as response,
            ):
                seconds = time.monotonic() - start
                log_request(method, self.base + path, response.status_code, seconds)
                place = response.headers.get("Location")
                check_redirect(self.base, self.base + path, response.status_code, place)
                yield response
        except ModuleNotFoundError as error:
            raise missing_package(where, error.name or "a package") from None
        except (requests.RequestException, HTTPError) as error:
            failure = classify(error)
            log_request(method, self.base + path, failure.reason, time.monotonic() - start)
            raise failure from error
        except MlflowException as error:
            # http_request tells of a failure of requests only as text and context.
            cause = error.__cause__ or error.__context__
            if isinstance(cause, requests.RequestException):
                raise classify(error) from error
            if isinstance(cause, PASSED_ON):
                raise cause from None
            message = f"{where} cannot be asked: {error}"
            hint = "Correct MLflow's environment variables."
            raise ConfigError(Problem("invalid-environment", message, hint)) from None


def _never() -> bool:
    return False


def _stream(response: Any, size: int) -> Iterator[bytes]:
    """Return the body of a response of requests in pieces, decompressed."""
    pieces = response.raw.stream(size, decode_content=False)
    return decompress(pieces, response.headers.get("Content-Encoding"))


def _read(response: Any) -> Reply:
    """Return the reply, its body decompressed."""
    body = bytearray()
    limit = Deadline(0, REPLY_LIMIT)
    for piece in _stream(response, PIECE):
        body += piece
        limit.count(len(body))
    seconds = parse_retry_after(response.headers.get("Retry-After"))
    return Reply(response.status_code, bytes(body), seconds)

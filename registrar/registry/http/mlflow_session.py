"""Requests sent by MLflow's own client: signed ones, and those that plugins or netrc files change."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from registrar.errors import ConfigError, Problem
from registrar.registry.failures import classify
from registrar.registry.http.environment import (
    allows_redirects,
    check_socks,
    is_signed,
    tls_settings,
)
from registrar.registry.http.login import checked_login
from registrar.registry.http.transport import Reply
from registrar.registry.translate_errors import missing_package
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["MlflowSession"]

PIECE = 1_000_000  # bytes that are written at a time


class MlflowSession:
    """See `Transport`. `prepare_mlflow` puts MLflow's settings in place; it may be called often."""

    def __init__(self, uri: str, timeout: float, prepare_mlflow: Callable[[], None]) -> None:
        self.base = uri.rstrip("/")
        self.timeout = timeout
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
        with self._sent(method, target, data=body, extra_headers=headers) as response:
            return Reply(response.status_code, response.content)

    def upload(self, path: str, file: Path, extra: float) -> Reply:
        """See `Transport`."""
        headers = {"Content-Type": "application/octet-stream"}
        with file.open("rb") as stream:
            # requests sends an empty stream in chunks, and a signature needs all bytes at once.
            body: Any = stream if file.stat().st_size and not is_signed() else stream.read()
            sent = self._sent("PUT", path, data=body, extra_headers=headers, extra=extra)
            with sent as response:
                return Reply(response.status_code, response.content)

    def download(self, path: str, file: Path) -> Reply:
        """See `Transport`."""
        with self._sent("GET", path, stream=True) as response:
            if response.status_code != 200:
                return Reply(response.status_code, response.content)
            with file.open("wb") as target:
                for piece in response.iter_content(chunk_size=PIECE):
                    target.write(piece)
            return Reply(response.status_code)

    def close(self) -> None:
        """See `Transport`. The connections are MLflow's."""

    @contextlib.contextmanager
    def _sent(self, method: str, path: str, extra: float = 0, **options: Any) -> Iterator[Any]:
        """Send a request; yield the response of requests. Failures of both raise NoReplyError."""
        self.prepare_mlflow()
        import requests
        from mlflow.exceptions import MlflowException
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request

        where = safe_uri(self.base)
        try:
            with (
                checked_login(where),
                http_request(
                    get_default_host_creds(self.base),
                    path,
                    method,
                    max_retries=0,
                    timeout=self.timeout + extra,
                    raise_on_status=False,
                    allow_redirects=allows_redirects() and method == "GET",
                    **options,
                ) as response,
            ):
                yield response
        except ModuleNotFoundError as error:
            raise missing_package(where, error.name or "a package") from None
        except requests.RequestException as error:
            raise classify(error) from error
        except MlflowException as error:
            # http_request tells of a failure of requests only as text and context.
            cause = error.__cause__ or error.__context__
            if isinstance(cause, requests.RequestException):
                raise classify(error) from error
            if isinstance(cause, AttributeError | LookupError | NameError | TypeError):
                raise cause from None  # a bug, which MLflow has wrapped
            message = f"{where} cannot be asked: {error}"
            hint = "Correct MLflow's environment variables."
            raise ConfigError(Problem("invalid-environment", message, hint)) from None

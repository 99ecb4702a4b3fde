"""A connection to an MLflow server or database: reached, its version known, its client made."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import threading
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

from registrar.errors import (
    AccessDeniedError,
    ConfigError,
    InvalidRequestError,
    OutcomeUnknownError,
    Problem,
    UnreachableError,
)
from registrar.registry.database import reach
from registrar.registry.http.client import RestClient, RestError
from registrar.registry.http.session import CONNECTIONS, Session
from registrar.registry.retry import Attempts, unreachable
from registrar.state import Server
from registrar.uris import MANAGED, is_http, safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Connection", "mlflow_settings"]

SLOWEST = 1_000_000  # bytes per second that an artifact store must take in


class Connection(Attempts):
    """A client for one server, which has answered and told its version.

    It is MLflow's own, or one without it (`rest`) where the server is reached by plain HTTP; then
    MLflow is made ready only when an artifact store needs it. `close` puts its settings back.
    """

    def __init__(
        self, tracking_uri: str, registry_uri: str, timeout: float, *, direct: bool = False
    ) -> None:
        super().__init__(registry_uri, timeout, self._made_ready)
        self.tracking_uri = tracking_uri
        self.registry_uri = registry_uri
        self._settings = contextlib.ExitStack()
        self._preparing = threading.RLock()
        self._mlflow: Any = None
        try:
            self.sessions = {
                uri: Session(uri, timeout) if direct else None
                for uri in (tracking_uri, registry_uri)
            }
            for session in self.sessions.values():
                if session is not None:
                    self._settings.callback(session.close)
            if not direct:
                self._made_ready()
            if tracking_uri != registry_uri:
                self._version(tracking_uri)
            version = self._version(registry_uri)
            self.server = Server(self.where, safe_uri(tracking_uri), version)
            self.client = self._client()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Connections are closed, and MLflow's settings are as they were."""
        self._settings.close()

    @property
    def parallel(self) -> int:
        """How many questions may be asked at a time; an embedded database answers one by one."""
        return CONNECTIONS if self.sessions[self.registry_uri] is not None else 1

    def _client(self) -> Any:
        tracking, registry = (self.sessions[uri] for uri in (self.tracking_uri, self.registry_uri))
        if tracking is None or registry is None:
            return self._mlflow_client()
        return RestClient(tracking, registry, self._mlflow_client)

    def _made_ready(self) -> None:
        """MLflow's settings are ours, until `close`."""
        with self._preparing:
            if self._mlflow is None:
                self._mlflow = ()
                environment = mlflow_settings(self.tracking_uri, self.registry_uri, self.timeout)
                self._settings.enter_context(environment)

    def _mlflow_client(self) -> Any:
        """MLflow's own client."""
        with self._preparing, self.translated():
            self._made_ready()
            if not self._mlflow:
                from mlflow import MlflowClient

                client = MlflowClient(
                    tracking_uri=self.tracking_uri, registry_uri=self.registry_uri
                )
                self._mlflow = (client,)
            return self._mlflow[0]

    def allow(self, size: int) -> float:
        """Requests may take as long as `size` bytes need; how many seconds that is."""
        self.mlflow()
        seconds = size / SLOWEST
        current = int(os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"])
        needed = math.ceil(self.timeout + seconds)
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(max(current, needed))
        return seconds

    def _version(self, uri: str) -> str | None:
        """The version a server runs, asked for once: the first contact, with the whole timeout."""
        if is_http(uri):
            return self._asked(uri)
        if uri.partition(":")[0] in MANAGED:
            return None  # they do not tell
        reach(uri, self.timeout)
        return installed("mlflow")

    def _asked(self, uri: str) -> str | None:
        where = safe_uri(uri)
        try:
            with Attempts(uri, self.timeout).translated():
                status, text = self._answer(uri)
        except InvalidRequestError as error:  # an address or settings that MLflow can not use
            raise ConfigError(*error.problems) from None
        except OutcomeUnknownError as error:
            why = error.problems[0].message.partition("did not answer: ")[2]
            raise UnreachableError(unreachable(where, why)) from None
        if status in {401, 403}:
            words = " ".join(text.split())[:200]
            hint = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token."
            message = f"{where} refuses: {status} {words}"
            raise AccessDeniedError(Problem("todo", message, hint))
        if status >= 500:
            raise UnreachableError(unreachable(where, f"it answers {status}"))
        return text.strip() if status == 200 else None

    def _answer(self, uri: str) -> tuple[int, str]:
        session = self.sessions[uri]
        if session is not None:
            try:
                direct = session.request("GET", "/version")
            except HTTPError as error:
                raise RestError(str(error)) from error
            return direct.status, direct.data.decode(errors="replace")
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request

        answer = http_request(
            get_default_host_creds(uri),
            "/version",
            "GET",
            max_retries=0,
            timeout=self.timeout,
            raise_on_status=False,
        )
        return answer.status_code, answer.text


@contextlib.contextmanager
def mlflow_settings(tracking_uri: str, registry_uri: str, timeout: float) -> Iterator[None]:
    """MLflow's process-wide settings are ours until the block ends: no re-sending, our timeout.

    MLflow reads both from the environment at each request; its client re-sends a create whose
    answer was lost, which makes a second version, so it is never allowed to. Afterwards all is as
    it was: a training process goes on with its own settings.
    """
    # MLflow sets levels for its own loggers when it is imported: those are what is restored.
    from mlflow.tracking._model_registry import utils as of_registry
    from mlflow.tracking._tracking_service import utils as of_tracking

    settings = {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(math.ceil(timeout)),
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # stdout is for the result
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_TRACKING_URI": tracking_uri,
        "MLFLOW_REGISTRY_URI": registry_uri,
    }
    # What `mlflow.set_tracking_uri` keeps. The function itself would also reset MLflow's tracing.
    kept = (
        (of_tracking, "_tracking_uri", tracking_uri),
        (of_registry, "_registry_uri", registry_uri),
    )
    environ = {name: os.environ.get(name) for name in settings}
    uris = [(module, name, getattr(module, name)) for module, name, _ in kept]
    loggers = [(logger, logger.level) for logger in map(logging.getLogger, ("mlflow", "alembic"))]
    try:
        os.environ.update(settings)
        for module, name, uri in kept:
            setattr(module, name, uri)
        for logger, _ in loggers:
            logger.setLevel(logging.ERROR)
        yield
    finally:
        for logger, level in loggers:
            logger.setLevel(level)
        for module, name, uri in uris:
            setattr(module, name, uri)
        for name, value in environ.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

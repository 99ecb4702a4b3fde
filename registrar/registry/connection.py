"""A connection to MLflow: one attempt or many, deadlines, and MLflow's failures as ours."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import random
import re
import time
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ConfigError,
    NotFoundError,
    Problem,
    RefusedError,
    RegistrarError,
    RejectedError,
    ServerError,
    UnansweredError,
    UnreachableError,
)
from registrar.state import Server
from registrar.uris import safe_uri, scheme_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Connection", "client_environment", "missing_database"]

T = TypeVar("T")

# Below this the server has known vulnerabilities (default admin password, CVE-2026-2635).
ADVISED = "3.16.1"
PAUSE = 0.1  # seconds before the first repetition; doubles up to LONGEST, with full jitter
LONGEST = 2.0
SLOWEST = 1_000_000  # bytes per second that an artifact store must take in
DENIED = {"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"}
ABSENT = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "ENDPOINT_NOT_FOUND"}
EXISTS = {"RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS", "RESOURCE_CONFLICT"}
INVALID = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "FEATURE_DISABLED", "NOT_IMPLEMENTED"}
NOT_SENT = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectTimeout")
SECRETS = (
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "PGPASSWORD",
    "AWS_SECRET_ACCESS_KEY",
)


class Connection:
    """MLflow's client for one server, and how long anything may take (`timeout`, in seconds)."""

    def __init__(self, tracking_uri: str, registry_uri: str, timeout: float) -> None:
        self.timeout = timeout
        self.tracking_uri = tracking_uri
        self.registry_uri = registry_uri
        self.server = Server(safe_uri(registry_uri), safe_uri(tracking_uri), self._version())
        with self.translated():
            from mlflow import MlflowClient

            self.client = MlflowClient(tracking_uri=tracking_uri, registry_uri=registry_uri)

    @property
    def remote(self) -> bool:
        """Whether the registry is a server, and not a database in this process."""
        return scheme_of(self.registry_uri) in {"http", "https"}

    def check_version(self, minimum: str) -> tuple[str, ...]:
        """Notes on the server's version. Raises RefusedError below `minimum`."""
        from packaging.version import InvalidVersion, Version

        try:
            running = Version(self.server.version or "")
        except InvalidVersion:
            return (f"{self.server.registry_uri} does not tell its MLflow version",)
        if running < Version(minimum):
            message = f"{self.server.registry_uri} runs MLflow {running}, older than {minimum}"
            hint = "Upgrade the server, or lower server.min_version if you accept its flaws."
            raise RefusedError(Problem(message, hint))
        if running < Version(ADVISED):
            where = self.server.registry_uri
            return (f"{where} runs MLflow {running}, which has known flaws; upgrade to {ADVISED}",)
        return ()

    def once(self, call: Callable[[], T]) -> T:
        """The result of one attempt. UnansweredError: nobody knows whether it was carried out."""
        with self.translated():
            return call()

    def repeat(self, call: Callable[[], T]) -> T:
        """The result of a call that may be repeated, tried until `timeout` seconds are over."""
        deadline = time.monotonic() + self.timeout
        pause = PAUSE
        while True:
            try:
                return self.once(call)
            except (UnansweredError, UnreachableError):
                wait = random.uniform(0, pause)  # noqa: S311 - jitter, not a secret
                if time.monotonic() + wait >= deadline:
                    raise
            time.sleep(wait)
            pause = min(pause * 2, LONGEST)

    def allow(self, size: int) -> None:
        """Requests may take as long as `size` bytes need."""
        current = int(os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"])
        needed = math.ceil(self.timeout + size / SLOWEST)
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(max(current, needed))

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Failures of MLflow and below come out as RegistrarErrors, without secrets."""
        from mlflow.exceptions import MlflowException

        try:
            yield
        except (RegistrarError, KeyboardInterrupt, SystemExit):
            raise
        except MlflowException as error:
            raise self._translate(error) from None
        except (OSError, ValueError, ImportError) as error:
            raise ServerError(self.said(error)) from None
        except Exception as error:
            if type(error).__module__.split(".")[0] in {"sqlalchemy", "requests", "alembic"}:
                raise UnansweredError(self.said(error)) from None
            raise

    def _translate(self, error: Any) -> RegistrarError:
        code = str(error.error_code)
        where = self.server.registry_uri if hasattr(self, "server") else safe_uri(self.registry_uri)
        message = self.said(error)
        if code in DENIED:
            hint = "Check the credentials in MLflow's environment variables, and their rights."
            return AccessDeniedError(Problem(f"{where} refuses: {message}", hint))
        if code in ABSENT:
            return NotFoundError(message)
        if code in EXISTS:
            return AlreadyExistsError(message)
        if code in INVALID:
            return RejectedError(Problem(f"{where} does not accept it: {message}"))
        if any(type(link).__name__ in NOT_SENT for link in _chain(error)):
            return UnreachableError(_unreachable(where, _reason(error)))
        return UnansweredError(Problem(f"{where} did not answer: {_reason(error) or message}"))

    def said(self, error: BaseException) -> str:
        """An error's own words on one line, with secrets and userinfo taken out."""
        words = " ".join(str(error).split()) or type(error).__name__
        for name in SECRETS:
            if os.environ.get(name):
                words = words.replace(os.environ[name], "***")
        words = re.sub(r"//[^/@\s]+@", "//", words)
        return words if len(words) <= 500 else words[:497] + "..."

    def _version(self) -> str | None:
        """The version a server runs, asked for once: the first contact, with the whole timeout."""
        scheme = scheme_of(self.registry_uri)
        if scheme not in {"http", "https"}:
            if scheme in {"databricks", "databricks-uc", "uc"}:
                return None
            _reach_database(self.registry_uri, self.timeout)
            return installed("mlflow")
        return self._asked()

    def _asked(self) -> str | None:
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request

        where = safe_uri(self.registry_uri)
        try:
            with self.translated():
                credentials = get_default_host_creds(self.registry_uri)
                answer = http_request(
                    credentials,
                    "/version",
                    "GET",
                    max_retries=0,
                    timeout=self.timeout,
                    raise_on_status=False,
                )
        except UnansweredError as error:
            reason = error.problems[0].message.partition("did not answer: ")[2]
            raise UnreachableError(_unreachable(where, reason)) from None
        if answer.status_code in {401, 403}:
            words = " ".join(answer.text.split())[:200]
            hint = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token."
            raise AccessDeniedError(Problem(f"{where} refuses: {answer.status_code} {words}", hint))
        if answer.status_code >= 500:
            raise UnreachableError(_unreachable(where, f"it answers {answer.status_code}"))
        return answer.text.strip() if answer.status_code == 200 else None


@contextlib.contextmanager
def client_environment(tracking_uri: str, registry_uri: str, timeout: float) -> Iterator[None]:
    """MLflow's process-wide settings are ours until the block ends: no re-sending, our timeout.

    MLflow reads both from the environment at each request; its client re-sends a create whose
    answer was lost, which makes a second version, so it is never allowed to.
    """
    names = (
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
        "MLFLOW_HTTP_REQUEST_TIMEOUT",
        "MLFLOW_TRACKING_URI",
        "MLFLOW_REGISTRY_URI",
    )
    before = {name: os.environ.get(name) for name in names}
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(math.ceil(timeout))
    import mlflow

    uris = (mlflow.get_tracking_uri(), mlflow.get_registry_uri()) if before[names[2]] else None
    for logger in ("mlflow", "alembic"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(registry_uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(uris[0] if uris else None)
        mlflow.set_registry_uri(uris[1] if uris else None)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def missing_database(uri: str) -> bool:
    """Whether `uri` is an SQLite file that does not exist yet."""
    path = _sqlite_file(uri)
    return path is not None and not path.exists()


def _sqlite_file(uri: str) -> Path | None:
    if not scheme_of(uri).startswith("sqlite") or ":memory:" in uri:
        return None
    path = unquote(uri.partition("://")[2].partition("?")[0])
    return Path(path[1:]) if path.startswith("/") else None


def _reach_database(uri: str, timeout: float) -> None:
    """The database answers; MLflow itself would try for an hour before it says that it does not."""
    file = _sqlite_file(uri)
    if file is not None and not file.parent.is_dir():
        message = f"{safe_uri(uri)}: there is no folder {file.parent}"
        raise UnreachableError(Problem(message, "Make it, or correct server.tracking_uri."))
    import sqlalchemy

    arguments = {"connect_timeout": math.ceil(timeout)} if uri.startswith("postgres") else {}
    try:
        engine = sqlalchemy.create_engine(uri, connect_args=arguments)
        with engine.connect():
            pass
        engine.dispose()
    except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        hint = "Correct server.tracking_uri, or install the database's driver."
        raise ConfigError(Problem(f"{safe_uri(uri)}: {error}", hint)) from None
    except sqlalchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise UnreachableError(_unreachable(safe_uri(uri), reason)) from None


def _unreachable(where: str, reason: str) -> Problem:
    hint = "Check server.tracking_uri (MLFLOW_TRACKING_URI) and that the server runs."
    return Problem(f"cannot reach {where}: {reason or 'no answer'}", hint)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what caused it, and what those carry as arguments."""
    seen: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue:
        link = queue.pop(0)
        if link is None or any(link is other for other in seen):
            continue
        seen.append(link)
        queue += [link.__cause__, link.__context__, getattr(link, "reason", None)]
        queue += [argument for argument in link.args if isinstance(argument, BaseException)]
    yield from seen


def _reason(error: BaseException) -> str:
    """The lowest cause in a few words."""
    names = {type(link).__name__ for link in _chain(error)}
    words = " ".join(str(link) for link in _chain(error)).lower()
    if "NameResolutionError" in names:
        return "no such host"
    if "connection refused" in words:
        return "connection refused"
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return "no answer to the connection in time"
    if "ReadTimeout" in names or "timed out" in words:
        return "no answer in time"
    if "certificate" in words:
        return "its certificate is not trusted (MLFLOW_TRACKING_SERVER_CERT_PATH names a CA)"
    if "reset" in words or "aborted" in words or "disconnected" in words:
        return "the connection was cut"
    code = re.search(r"too many (\d{3}) error responses", words)
    return f"it answers {code[1]}" if code else ""

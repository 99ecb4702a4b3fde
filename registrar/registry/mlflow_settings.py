"""MLflow's settings for the whole process, changed while registrar uses MLflow."""

from __future__ import annotations

import contextlib
import logging
import math
import os
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.mlflow_import import hide_data_packages
from registrar.registry.http.credentials import use_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.registry.http.credentials import Credentials

__all__ = ["Way", "extend_timeout", "mlflow_settings", "moves_parts"]

Way: TypeAlias = Literal["UPLOAD", "DOWNLOAD"]

TIMEOUT_VARIABLE = "MLFLOW_HTTP_REQUEST_TIMEOUT"
# MLflow logs each failure of a database with its traceback; registrar raises it as one line.
LOG_LEVELS = {
    "mlflow": logging.ERROR,
    "alembic": logging.ERROR,
    "mlflow.store.db.utils": logging.CRITICAL,
}


@contextlib.contextmanager
def mlflow_settings(
    tracking_uri: str, registry_uri: str, timeout: float, credentials: Credentials | None = None
) -> Iterator[None]:
    """Let MLflow use these URIs, and each request at most `timeout` seconds, until the block ends.

    It logs in with `credentials`; None stands for those of the process.

    MLflow sends a request again whose reply was lost. That makes a second version of a create, so
    it is switched off. MLflow reads these settings from the environment at each request. Afterwards
    they are as before: a training process goes on with its own.
    """
    # MLflow sets levels for its own loggers when it is imported: those are what is restored.
    with hide_data_packages():
        from mlflow.tracking._model_registry import utils as registry_utils
        from mlflow.tracking._tracking_service import utils as tracking_utils
        from mlflow.utils import credentials as credential_utils

    variables = {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        TIMEOUT_VARIABLE: str(math.ceil(timeout)),
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # stdout is for the result
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_TRACKING_URI": tracking_uri,
        "MLFLOW_REGISTRY_URI": registry_uri,
        "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",  # they would lead to hosts that nobody allowed
    }
    # `mlflow.set_tracking_uri` keeps the URI here. It would also reset MLflow's tracing.
    values: list[tuple[Any, str, Any]] = [
        (tracking_utils, "_tracking_uri", tracking_uri),
        (registry_utils, "_registry_uri", registry_uri),
    ]
    if credentials is not None:
        # A user in ~/.mlflow/credentials would come before the server's own token.
        values.append((credential_utils, "_get_credentials_path", lambda: os.devnull))
    saved_variables = {name: os.environ.get(name) for name in variables}
    saved_values = [(module, name, getattr(module, name)) for module, name, _ in values]
    saved_levels = [(logger, logger.level) for logger in map(logging.getLogger, LOG_LEVELS)]
    try:
        os.environ.update(variables)
        for module, name, value in values:
            setattr(module, name, value)
        for logger_name, level in LOG_LEVELS.items():
            logging.getLogger(logger_name).setLevel(level)
        with use_credentials(credentials):
            yield
    finally:
        for logger, level in saved_levels:
            logger.setLevel(level)
        for module, name, value in saved_values:
            setattr(module, name, value)
        for variable, value in saved_variables.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def moves_parts(way: Way) -> bool:
    """Return whether the environment lets MLflow's client move large files in parts.

    They go between the client and the store of the server, past the server itself.
    """
    return os.environ.get(f"MLFLOW_ENABLE_PROXY_MULTIPART_{way}", "").lower() in {"1", "true"}


def extend_timeout(seconds: float) -> None:
    """Let each of MLflow's requests take at least `seconds`, until the settings are restored."""
    current = int(os.environ[TIMEOUT_VARIABLE])
    os.environ[TIMEOUT_VARIABLE] = str(max(current, math.ceil(seconds)))

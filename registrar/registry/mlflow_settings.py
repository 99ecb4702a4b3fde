"""MLflow's settings for the whole process, changed while registrar uses MLflow."""

from __future__ import annotations

import contextlib
import logging
import math
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["extend_timeout", "mlflow_settings"]

TIMEOUT_VARIABLE = "MLFLOW_HTTP_REQUEST_TIMEOUT"
# MLflow logs each failure of a database with its traceback; registrar raises it as one line.
LOG_LEVELS = {
    "mlflow": logging.ERROR,
    "alembic": logging.ERROR,
    "mlflow.store.db.utils": logging.CRITICAL,
}


@contextlib.contextmanager
def mlflow_settings(tracking_uri: str, registry_uri: str, timeout: float) -> Iterator[None]:
    """Let MLflow use these URIs, and each request at most `timeout` seconds, until the block ends.

    MLflow sends a request again whose reply was lost. That makes a second version of a create, so
    it is switched off. MLflow reads these settings from the environment at each request. Afterwards
    they are as before: a training process goes on with its own.
    """
    # MLflow sets levels for its own loggers when it is imported: those are what is restored.
    from mlflow.tracking._model_registry import utils as registry_utils
    from mlflow.tracking._tracking_service import utils as tracking_utils

    variables = {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        TIMEOUT_VARIABLE: str(math.ceil(timeout)),
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # stdout is for the result
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_TRACKING_URI": tracking_uri,
        "MLFLOW_REGISTRY_URI": registry_uri,
    }
    # `mlflow.set_tracking_uri` keeps the URI here. It would also reset MLflow's tracing.
    uris = (
        (tracking_utils, "_tracking_uri", tracking_uri),
        (registry_utils, "_registry_uri", registry_uri),
    )
    saved_variables = {name: os.environ.get(name) for name in variables}
    saved_uris = [(module, name, getattr(module, name)) for module, name, _ in uris]
    saved_levels = [(logger, logger.level) for logger in map(logging.getLogger, LOG_LEVELS)]
    try:
        os.environ.update(variables)
        for module, name, uri in uris:
            setattr(module, name, uri)
        for logger_name, level in LOG_LEVELS.items():
            logging.getLogger(logger_name).setLevel(level)
        yield
    finally:
        for logger, level in saved_levels:
            logger.setLevel(level)
        for module, name, uri in saved_uris:
            setattr(module, name, uri)
        for variable, value in saved_variables.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def extend_timeout(seconds: float) -> None:
    """Let each of MLflow's requests take at least `seconds`, until the settings are restored."""
    current = int(os.environ[TIMEOUT_VARIABLE])
    os.environ[TIMEOUT_VARIABLE] = str(max(current, math.ceil(seconds)))

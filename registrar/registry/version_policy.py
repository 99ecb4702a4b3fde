"""Which versions of MLflow work, as a server and as the installed client."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import Any

from registrar.errors import Problem
from registrar.registry.retry import MissingEndpointError

__all__ = ["logged_model_function"]


def logged_model_function(client: Any, name: str) -> Any:
    """Return the client's function of that name; the clients of MLflow 2 know no logged models.

    Raises MissingEndpointError, which names the installed version, when the client has none.
    """
    function = getattr(client, name, None)
    if function is None:
        message = f"MLflow {installed('mlflow')}, which is installed here, has no logged models"
        hint = "Install mlflow>=3, or name the model as runs:/RUN_ID/PATH."
        raise MissingEndpointError(Problem("client-too-old", message, hint))
    return function

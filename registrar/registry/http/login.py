"""The logins that MLflow's client adds to requests: signatures for AWS, and those of plugins."""

from __future__ import annotations

import contextlib
import os
import traceback
from typing import TYPE_CHECKING

from registrar.errors import AccessDeniedError, ConfigError, Problem
from registrar.registry.http.environment import is_signed
from registrar.registry.translate_errors import clean_message

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["checked_login"]

PLUGIN_VARIABLE = "MLFLOW_TRACKING_AUTH"
# The modules that MLflow calls for a login, before it sends a request.
LOGIN_MODULES = {"mlflow.tracking.request_auth.registry", "requests_auth_aws_sigv4"}


@contextlib.contextmanager
def checked_login(where: str) -> Iterator[None]:
    """Let MLflow send requests to `where` in the block only with the login that is asked for.

    Raises ConfigError where no plugin has the name in MLFLOW_TRACKING_AUTH: MLflow would send the
    requests without a login. Raises AccessDeniedError where the login cannot be made.
    """
    _check_plugin()
    try:
        yield
    except ModuleNotFoundError:  # a package to install, whoever needs it
        raise
    except Exception as error:
        # Plugins are programs of others, and raise anything.
        if not _is_from_login(error):
            raise
        raise AccessDeniedError(_describe_failure(error, where)) from None


def _check_plugin() -> None:
    name = os.environ.get(PLUGIN_VARIABLE)
    if not name or is_signed():
        return
    from mlflow.tracking.request_auth import registry

    # No function of MLflow tells the names.
    plugins = registry._request_auth_provider_registry  # noqa: SLF001
    if name not in {plugin.get_name() for plugin in plugins}:
        message = f"{PLUGIN_VARIABLE}: MLflow finds no plugin '{name}'"
        hint = "Install the package that holds it, or correct the name."
        raise ConfigError(Problem("invalid-environment", message, hint))


def _is_from_login(error: BaseException) -> bool:
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__") in LOGIN_MODULES for frame, _ in frames)


def _describe_failure(error: Exception, where: str) -> Problem:
    if is_signed():
        message = f"requests to {where} cannot be signed for AWS"
        hint = (
            "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION, or AWS_PROFILE."
        )
        return Problem("access-denied", message, hint)
    name = os.environ.get(PLUGIN_VARIABLE)
    message = f"the plugin '{name}' cannot log in to {where}: {clean_message(error)}"
    return Problem("access-denied", message, "Check what the plugin needs.")

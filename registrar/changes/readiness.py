"""Versions that cannot be used: the server is still making them, or could not make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.errors import Problem, ServerError

if TYPE_CHECKING:
    from registrar.state import ObservedVersion

__all__ = ["check_ready", "explain_not_ready"]


def check_ready(name: str, version: ObservedVersion) -> ObservedVersion:
    """Return a version of the model `name`. Raises ServerError where it cannot be used."""
    if not version.is_ready:
        raise ServerError(explain_not_ready(name, version))
    return version


def explain_not_ready(name: str, version: ObservedVersion) -> Problem:
    """Return the problem of a version that cannot be used."""
    message = f"{name} version {version.number} is not ready: its status is {version.status}"
    if version.is_pending:
        hint = "Wait until the server has made it, or raise server.timeout."
    else:
        hint = "Name another version, or register the model again."
    return Problem("version-not-ready", message, hint)

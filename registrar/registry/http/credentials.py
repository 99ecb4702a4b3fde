"""The login of one server: its own, where its configuration names variables, or the process's.

MLflow's client reads a login from variables of the process. While it works for a server with a login
of its own, those variables hold that login, and `process_variable` still tells the process's own.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = ["Credentials", "process_variable", "read_credentials", "use_credentials"]

FIELDS = {
    "username": "MLFLOW_TRACKING_USERNAME",
    "password": "MLFLOW_TRACKING_PASSWORD",
    "token": "MLFLOW_TRACKING_TOKEN",
}
# Other ways in which MLflow's client logs in. Each of them would come before a server's own login.
OTHER_LOGINS = ("MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_TRACKING_AUTH", "NETRC")
VARIABLES = (*FIELDS.values(), *OTHER_LOGINS)

_process: dict[str, str | None] = {}  # the process's own, while MLflow's client has another login


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A login that belongs to one server: a user with a password, or a token."""

    username: str | None = None
    password: str | None = None
    token: str | None = None


def read_credentials(server: Mapping[str, Any]) -> Credentials | None:
    """Return the login that a valid `server` configuration names; None where it names none.

    Raises ConfigError for a variable that is not set.
    """
    names = server.get("credentials")
    if not names:
        return None
    unset = [name for name in names.values() if not process_variable(name)]
    ConfigError.raise_for(
        [
            Problem(
                "variable-not-set",
                f"server.credentials names the environment variable {name}, which is not set",
                f"Set {name} for this process.",
            )
            for name in unset
        ]
    )
    return Credentials(**{field: process_variable(name) for field, name in names.items()})


def process_variable(name: str) -> str | None:
    """Return a variable of the process as it was before MLflow's client got a server's login."""
    return _process[name] if name in _process else os.environ.get(name)


@contextlib.contextmanager
def use_credentials(credentials: Credentials | None) -> Iterator[None]:
    """Let MLflow's client log in with a server's own login, or with the process's, until the end."""
    is_first = not _process
    if is_first:
        _process.update({name: os.environ.get(name) for name in VARIABLES})
    before = {name: os.environ.get(name) for name in VARIABLES}
    try:
        _set(dict(_process) if credentials is None else _variables_of(credentials))
        yield
    finally:
        _set(before)
        if is_first:
            _process.clear()


def _variables_of(credentials: Credentials) -> dict[str, str | None]:
    """Return the variables for a server's own login; no other login may come before it."""
    values = {variable: getattr(credentials, field) for field, variable in FIELDS.items()}
    return values | dict.fromkeys(OTHER_LOGINS) | {"NETRC": os.devnull}


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

"""Secrets in the URIs of a configuration. Credentials are read from the environment instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from registrar.config.spec import list_servers, list_uris
from registrar.errors import Problem
from registrar.secrets import list_logins, names_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.text import KeyPath

__all__ = ["find_credentials"]

# Where MLflow or its database driver looks for what a URI may not hold.
SOURCES = {
    "http": "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN)",
    "postgresql": "PGPASSWORD, or a ~/.pgpass file",
    "mysql": "a [client] section in ~/.my.cnf",
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
}


def find_credentials(
    config: Mapping[str, Any], logins: Sequence[tuple[str, str]] | None = None
) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield every URI with a secret in it; the configuration may have other problems.

    `logins` are those of `list_logins`, for callers with many configurations.
    """
    uris = [*list_servers(config), *((path, uri) for path, uri, _ in list_uris(config))]
    reported = set()
    for path, uri in uris:
        problem = _check_uri(uri)
        if problem is not None:
            reported.add(path)
            yield path, problem
    logins = list_logins() if logins is None else logins
    for path, text in _list_texts(config.get("model"), ("model",)) if logins else ():
        for name, login in logins:
            if login in text and path not in reported:
                message = f"holds the password in the environment variable {name}"
                hint = "Remove it: it would be readable in the registry."
                yield path, Problem("credentials-in-uri", message, hint)


def _list_texts(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text of a node with its path, keys included."""
    match value:
        case str():
            yield path, value
        case dict():
            for key, item in value.items():
                yield path, str(key)
                yield from _list_texts(item, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from _list_texts(item, (*path, index))
        case _:
            pass


def _check_uri(uri: str) -> Problem | None:
    try:
        parts = urlsplit(uri.strip())
    except ValueError as error:
        # Only a URI with a user could be printed with a secret; others are refused later.
        return (
            Problem("invalid-uri", f"is not a URI: {error}", "Correct it.") if "@" in uri else None
        )
    scheme = parts.scheme.partition("+")[0].replace("https", "http")
    has_password = (
        parts.password is not None
        or "password=" in parts.query.lower()
        # A slash in a password ends the host early; what is before it looks like a port.
        or ("@" in parts.path and ":" in parts.netloc)
    )
    # A database's user name is no secret; over HTTP a token may stand in its place.
    has_user = scheme == "http" and parts.username is not None
    if not (has_password or has_user or names_secret(parts.query)):
        return None
    message = "holds a user name or a token" if has_user else "holds a secret in its query"
    message = "holds a password" if has_password else message
    source = SOURCES.get(scheme, "the environment variables of its client library")
    return Problem("credentials-in-uri", message, f"Remove it, and use {source}.")

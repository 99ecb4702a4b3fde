"""Take secrets out of text before it is printed, logged or written into a registry."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["scrub", "without_userinfo"]

MASK = "***"
# The user part of a URI. In abfss://container@account the container is a name, not a user.
# A URI allows no '/' in a password, but people write one. Digits after the ':' are a port.
USERINFO = re.compile(
    r"((?<![A-Za-z])(?!(?i:abfss?|wasbs?)://)[A-Za-z][A-Za-z0-9+.-]*://|(?<![\w:/])//)"
    r"(?:[^/\s'\"]*|[^/\s'\":@\[\]]*:(?!\d+(?:/|$))[^\s'\"]*)@"
)
KEY = (
    r"[\w.-]*(?:password|passwd|pwd|token|secret|signature|credential|api_?key|access_?key"
    r"|account_?key)[\w.-]*"
)
# `password=x` in a query or a connection string; `Authorization: Bearer x` in a header.
ASSIGNMENT = re.compile(
    rf"(?i)({KEY}=|\bsig=|\bauthorization: *(?:\w+ +)?)(?:'[^']*'|\"[^\"]*\"|[^&;\s'\"]+)"
)
# `"password": "x"` in JSON, and in a dictionary that Python prints.
ENTRY = re.compile(
    rf"(?i)((?P<quote>['\"])(?:{KEY}|authorization)(?P=quote): *)(?:'[^']*'|\"[^\"]*\")"
)
# The environment variables in which MLflow, databases and artifact stores expect secrets.
SECRET_VARIABLES = (
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "DATABRICKS_TOKEN",
    "DATABRICKS_CLIENT_SECRET",
    "PGPASSWORD",
    "MYSQL_PWD",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_CLIENT_SECRET",
)
MIN_SECRET_LENGTH = 8  # a shorter value is masked only where it is a whole word


def scrub(text: str) -> str:
    """Return `text` with passwords, tokens and the user names of URIs replaced by `***`.

    It recognises them by their place (`scheme://user:password@host`, `password=...`,
    `"token": "..."`, an `Authorization` header), and by their value where an environment variable
    such as `MLFLOW_TRACKING_PASSWORD` holds it.
    """
    for value in _secret_values():
        text = value.sub(MASK, text)
    text = ASSIGNMENT.sub(rf"\1{MASK}", text)
    text = ENTRY.sub(rf"\1{MASK}", text)
    return USERINFO.sub(rf"\1{MASK}@", text)


def without_userinfo(uri: str) -> str:
    """Return a URI without its user name and password."""
    return USERINFO.sub(r"\1", uri)


def _secret_values() -> Iterator[re.Pattern[str]]:
    """Yield a pattern for each secret that the environment holds, the longest first."""
    values = {os.environ.get(name, "") for name in SECRET_VARIABLES} - {""}
    spellings = {spelling for value in values for spelling in (value, quote(value, safe=""))}
    for value in sorted(spellings, key=len, reverse=True):
        pattern = re.escape(value)
        yield re.compile(pattern if len(value) >= MIN_SECRET_LENGTH else rf"(?<!\w){pattern}(?!\w)")

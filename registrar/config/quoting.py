"""How overrides and other text of the user is shown: on one line, without secrets, quoted."""

from __future__ import annotations

import re
import shlex

from registrar.text import printable
from registrar.uris import scrub

__all__ = ["listed", "quoted", "redacted", "with_value", "without_secrets"]

USERINFO = re.compile(r"//[^\s'\"]*@")
TOKEN = re.compile(r"(?i)\b(https?://)[^/@\s'\"]+@")
MANY = 20


def without_secrets(text: str) -> str:
    """A text of many lines as it may be shown: no passwords, no tokens in its URIs."""
    return TOKEN.sub(r"\1***@", scrub(text))


def redacted(text: str) -> str:
    """`text` on one line, with whatever stands between `//` and `@` taken out."""
    return printable(USERINFO.sub("//***@", scrub(text)))


def quoted(override: str) -> str:
    """`override` with its value quoted for Hydra, and all of it for the shell.

    >>> print(quoted("model.uri=a=b"))
    'model.uri="a=b"'
    """
    key, _, value = override.partition("=")
    if '"' not in value:
        return shlex.quote(f'{key}="{value}"')
    value = value.replace("\\", "\\\\").replace('"', '\\"')
    return shlex.quote(f'{key}="{value}"')


def with_value(key: str, value: str) -> str:
    """`key=value` as it is typed in a shell."""
    return shlex.quote(f"{key}={value}")


def listed(names: list[str]) -> str:
    """Up to twenty names, and how many there are if that is not all."""
    return ", ".join(names[:MANY]) + (f", ... ({len(names)})" if len(names) > MANY else "")

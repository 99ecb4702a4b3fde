"""How overrides and other text of the user is shown: on one line, without secrets, quoted."""

from __future__ import annotations

import shlex

from registrar.secrets import scrub
from registrar.text import printable

__all__ = ["listed", "quoted", "redacted", "with_value"]

MANY = 20


def redacted(text: str) -> str:
    """Return `text` on one line, without its secrets."""
    return printable(scrub(text))


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

"""Overrides and other text of the user as they are printed: on one line, without secrets, quoted."""

from __future__ import annotations

import re
import shlex

from registrar.secrets import scrub
from registrar.text import printable

__all__ = [
    "format_override",
    "list_names",
    "quote_override",
    "quote_value",
    "redact",
]

BEFORE_QUOTE = re.compile(r'(\\*)("|\Z)')
MAX_NAMES = 20


def redact(text: str) -> str:
    """Return `text` on one line, without its secrets."""
    return printable(scrub(text))


def quote_override(override: str) -> str:
    """Return `override` with its value quoted for Hydra, and all of it for the shell.

    >>> print(quote_override("model.uri=a=b"))
    'model.uri="a=b"'
    """
    key, _, value = override.partition("=")
    return format_override(key, quote_value(value))


def quote_value(value: str) -> str:
    r"""Return `value` between the double quotes of Hydra's grammar.

    Backslashes are doubled only before a quotation mark: elsewhere Hydra takes them as they are.

    >>> print(quote_value('a\\b "c"'))
    "a\b \"c\""
    """
    escaped = BEFORE_QUOTE.sub(lambda match: match[1] * 2 + (match[2] and '\\"'), value)
    return f'"{escaped}"'


def format_override(key: str, value: str) -> str:
    """Return `key=value` as it is typed in a shell."""
    return shlex.quote(f"{key}={value}")


def list_names(names: list[str]) -> str:
    """Return up to twenty names, and how many there are if that is not all."""
    total = f", ... ({len(names)})" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + total

"""Values that YAML reads as something else than was written: `1.10`, `on`, `1234567e8`."""

from __future__ import annotations

import re
from decimal import Decimal

from registrar.text import format_value

__all__ = ["is_odd", "misread"]

PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)|[-+]?(0|[1-9][0-9]*)\.([0-9]*[1-9]|0)")
DIGITS = set("+-.0123456789")
EXACT = 15  # a float keeps as many digits, whatever they are
BOOLEAN = re.compile(r"(?i)true|false")
SWITCH = re.compile(r"(?i)yes|no|on|off")
# Digits, one e, digits: a float to YAML, a short git hash to the person who wrote it.
HASH = re.compile(r"[0-9]+[eE][0-9]+")
HASH_LENGTH = 7
EXPONENT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")
BARE_POINT = re.compile(r"[-+]?\.[0-9]*[1-9]|[-+]?[1-9][0-9]*\.")


def is_odd(raw: str) -> bool:
    """Whether an unquoted scalar needs a closer look: a switch, or a number in a rare spelling."""
    if SWITCH.fullmatch(raw):
        return True
    if raw[:1] not in DIGITS:
        return False
    return len(raw) > EXACT or not PLAIN_NUMBER.fullmatch(raw)


def misread(raw: str, value: object) -> tuple[str, str] | None:
    """(what happened, what to do) when the unquoted `raw` became `value` and lost something.

    >>> misread("1.10", 1.1)
    ('1.10 is read as the number 1.1', "Quote it to keep it as written: '1.10'.")
    >>> misread("1e-3", 0.001)
    """
    match value:
        case bool() if not BOOLEAN.fullmatch(raw):
            kind = "true" if value else "false"
            return f"{raw} is read as {kind}", f"Quote it: '{raw}'; or write {kind}."
        case int() | float() if not isinstance(value, bool) and _lost(raw, value):
            hint = f"Quote it to keep it as written: '{raw}'."
            return f"{raw} is read as the number {format_value(value)}", hint
        case _:
            return None


def _lost(raw: str, value: float) -> bool:
    if raw == format_value(value):
        return False
    if HASH.fullmatch(raw):
        return len(raw) >= HASH_LENGTH
    if any(form.fullmatch(raw) for form in (PLAIN_NUMBER, EXPONENT, BARE_POINT)):
        return Decimal(raw) != Decimal(format_value(value))
    return raw.lstrip("+") != format_value(value)

"""Values that YAML, or Hydra, reads as something else than was written: `1.10`, `on`, `1234567e8`."""

from __future__ import annotations

import re
from decimal import Decimal

from registrar.errors import Problem
from registrar.text import format_value

__all__ = ["explain_misread", "explain_misread_number", "is_odd"]

PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)|[-+]?(0|[1-9][0-9]*)\.([0-9]*[1-9]|0)")
NUMBER_STARTS = set("+-.0123456789")
EXACT_DIGITS = 15  # a float keeps as many digits, whatever they are
BOOLEAN = re.compile(r"(?i)true|false")
SWITCH = re.compile(r"(?i)yes|no|on|off")
LONGEST_SWITCH = 3  # characters
# Digits, one e, digits: a float to YAML, a short git hash to the person who wrote it.
HASH = re.compile(r"[0-9]+[eE][0-9]+")
HASH_LENGTH = 7
EXPONENT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")
# Digits that YAML 1.1 counts in eights because of a zero before them, or in sixties.
OTHER_BASE = re.compile(r"[-+]?(0[0-7_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)")
BARE_POINT = re.compile(r"[-+]?\.[0-9]*[1-9]|[-+]?[1-9][0-9]*\.")


def is_odd(raw: str) -> bool:
    """Return whether an unquoted scalar may be misread: a switch, or a number in a rare spelling."""
    if len(raw) <= LONGEST_SWITCH and SWITCH.fullmatch(raw):
        return True
    if raw[:1] not in NUMBER_STARTS:
        return False
    return len(raw) > EXACT_DIGITS or not PLAIN_NUMBER.fullmatch(raw)


def explain_misread(raw: str, value: object) -> Problem | None:
    """Return the problem of an unquoted `raw` that became `value` and lost something; else None.

    >>> print(explain_misread("1.10", 1.1))
    1.10 is read as the number 1.1. Quote it to keep it as written: '1.10'.
    >>> explain_misread("1e-3", 0.001)
    """
    match value:
        case bool() if not BOOLEAN.fullmatch(raw):
            word = format_value(value)
            hint = f"Quote it: '{raw}'; or write {word}."
            return Problem("misread-value", f"{raw} is read as {word}", hint)
        case int() | float() if not isinstance(value, bool) and _is_lossy(raw, value):
            message = f"{raw} is read as the number {format_value(value)}"
            return Problem("misread-value", message, f"Quote it to keep it as written: '{raw}'.")
        case _:
            return None


def explain_misread_number(raw: str, value: float) -> Problem | None:
    """Return the problem of a `raw` number that became another one; else None.

    >>> print(explain_misread_number("010", 8))
    010 is read as the number 8. Write the number that is meant without 0 before it and without ':'.
    >>> explain_misread_number("1_000", 1000)
    """
    if not OTHER_BASE.fullmatch(raw) or Decimal(value) == 0:
        return None
    message = f"{raw} is read as the number {format_value(value)}"
    hint = "Write the number that is meant without 0 before it and without ':'."
    return Problem("misread-value", message, hint)


def _is_lossy(raw: str, value: float) -> bool:
    if raw == format_value(value):
        return False
    if HASH.fullmatch(raw):
        return len(raw) >= HASH_LENGTH
    if any(form.fullmatch(raw) for form in (PLAIN_NUMBER, EXPONENT, BARE_POINT)):
        return Decimal(raw) != Decimal(format_value(value))
    return raw.lstrip("+") != format_value(value)

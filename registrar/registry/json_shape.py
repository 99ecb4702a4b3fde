"""The shape of a server's JSON: what a member of a reply is, or an UnexpectedReplyError.

A server may send anything. Whatever reads a reply reads it through these functions, so a reply of
another shape ends as one clear line, wherever it comes from.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from registrar.registry.failures import OversizedReplyError, UnexpectedReplyError
from registrar.text import share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    Json: TypeAlias = Mapping[str, Any]

__all__ = [
    "count",
    "flag",
    "integer",
    "moment",
    "number",
    "optional_part",
    "optional_text",
    "pairs",
    "parse_object",
    "part",
    "parts",
    "required_text",
    "text",
]

# Each comma and bracket of a text becomes a value in memory that is up to fifty times as large.
MAX_MARKS = 4_000_000
MAX_NUMBER = 2**63 - 1  # MLflow keeps numbers of versions, sizes and times in 64 bits
MAX_NUMBER_LENGTH = 20  # characters
MAX_TIME = 253_402_300_799_999  # the end of the year 9999, in milliseconds since 1970


def parse_object(data: bytes) -> dict[str, Any] | None:
    """Return the JSON object that a reply holds; None where it holds something else."""
    if sum(map(data.count, (b",", b"[", b"{"))) > MAX_MARKS:
        raise OversizedReplyError(f"its reply holds more than {MAX_MARKS:,} values")
    try:
        document = json.loads(data.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def part(reply: Json, name: str) -> Json:
    """Return a member that is an object."""
    value = reply.get(name)
    if not isinstance(value, dict):
        raise _unexpected(name, value, "an object")
    return value


def optional_part(reply: Json, name: str) -> Json:
    """Return a member that is an object; an empty one where it is missing."""
    return {} if reply.get(name) is None else part(reply, name)


def parts(reply: Json, name: str) -> Iterator[Json]:
    """Yield the objects of a list; a list that is missing is empty."""
    values = reply.get(name)
    if values is None:
        return
    if not isinstance(values, list):
        raise _unexpected(name, values, "a list")
    for value in values:
        if not isinstance(value, dict):
            raise _unexpected(name, value, "a list of objects")
        yield value


def pairs(reply: Json, name: str) -> dict[str, str]:
    """Return a list of objects with `key` and `value` as a mapping."""
    return {
        share(required_text(pair, "key")): share(text(pair, "value")) for pair in parts(reply, name)
    }


def text(reply: Json, name: str) -> str:
    """Return a member that is text, "" where it is missing."""
    return optional_text(reply, name) or ""


def required_text(reply: Json, name: str) -> str:
    """Return a member that is text and not empty."""
    value = optional_text(reply, name)
    if not value:
        raise _unexpected(name, value, "text")
    return value


def optional_text(reply: Json, name: str) -> str | None:
    """Return a member that is text, None where it is missing."""
    value = reply.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _unexpected(name, value, "text")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates, which no file and no terminal takes
        raise UnexpectedReplyError(f"'{name}' is not valid Unicode") from None
    return value


def count(reply: Json, name: str) -> int:
    """Return a member that is a whole number, not negative; protocol buffers write it as text."""
    value = reply.get(name)
    if isinstance(value, str) and len(value) <= MAX_NUMBER_LENGTH and value.isascii():
        value = int(value) if value.isdecimal() else value
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise _unexpected(name, value, "a whole number")
    return value


def integer(reply: Json, name: str) -> int:
    """Return a whole number, which may be negative; 0 where it is missing."""
    value = reply.get(name)
    if value is None:
        return 0
    read = number(reply, name)
    if not abs(read) <= MAX_NUMBER:  # NaN, too
        raise _unexpected(name, value, "a whole number")
    return value if isinstance(value, int) else int(read)


def number(reply: Json, name: str) -> float:
    """Return a member that is a number, which may be NaN or infinite."""
    value = reply.get(name)
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf
        except ValueError:
            pass
    raise _unexpected(name, value, "a number")


def moment(reply: Json, name: str) -> int | None:
    """Return a time in milliseconds since 1970; None where it is missing, or in no year of four digits.

    Users may set the times of a run to anything, so an odd time is no fault of the server.
    """
    if reply.get(name) is None:
        return None
    value = number(reply, name)
    return int(value) if 0 <= value <= MAX_TIME else None


def flag(reply: Json, name: str) -> bool:
    """Return a member that is true or false; false where it is missing."""
    value = reply.get(name)
    if value is not None and not isinstance(value, bool):
        raise _unexpected(name, value, "true or false")
    return bool(value)


def _unexpected(name: str, value: object, wanted: str) -> UnexpectedReplyError:
    if value is None or value == "":
        return UnexpectedReplyError(f"'{name}' is missing")
    return UnexpectedReplyError(f"'{name}' is not {wanted}")

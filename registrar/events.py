"""The event that each alias leaves which registrar sets, moves or removes: what, when, who and why.

MLflow keeps neither the time nor the user of a move. So registrar writes one tag for each move, on
the version that the alias comes to; for a removal, on the version that it leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registrar.strict_json import parse_strict
from registrar.text import canonical_json, format_time, parse_time, share

__all__ = ["EVENT_PREFIX", "Event", "event_key", "parse_event"]

EVENT_PREFIX = "registrar_event_"
KEY_DIGITS = 16  # of the SHA-256, in hex
MAX_VERDICTS = 4000  # characters; of more, their hash is kept
MAX_VALUE = 5000  # characters of a whole event
MAX_NUMBER = 10**18  # no version has a greater one


@dataclass(frozen=True, slots=True)
class Event:
    """One move of an alias by registrar.

    `source` is the number of the version that the alias left, None for its first use; `target` the
    one that it came to, None for its removal. `digest` is that of the version which holds the event.
    `at` is the time in UTC as ISO 8601 writes it. `by` says who and where: a commit, a CI run, a
    user. `checksum` is that of the plan. `previous` is the key of the event before of this alias,
    None where none is known. `verdicts` are those of the gates and rules, `verdicts_digest` is the
    hash of verdicts that were too long to be kept, `waived` the names of the rules that a person has
    waived.
    """

    key: str
    alias: str
    source: int | None
    target: int | None
    digest: str | None
    at: str
    by: Mapping[str, str] = field(default_factory=dict)
    checksum: str | None = None
    verdicts: tuple[Mapping[str, Any], ...] = ()
    verdicts_digest: str | None = None
    waived: tuple[str, ...] = ()
    previous: str | None = None

    @property
    def holder(self) -> int | None:
        """The number of the version that holds the event."""
        return self.source if self.target is None else self.target

    def to_dict(self) -> dict[str, Any]:
        """Return the event as it is kept, as JSON values; verdicts that are too long as their hash."""
        verdicts: Any = [dict(verdict) for verdict in self.verdicts] or self.verdicts_digest or []
        return {
            "alias": self.alias,
            "from": self.source,
            "to": self.target,
            "digest": self.digest,
            "at": self.at,
            "by": dict(self.by),
            "checksum": self.checksum,
            "verdicts": verdicts,
            "waived": list(self.waived),
            "previous": self.previous,
        }

    def to_text(self) -> str:
        """Return the value of the event's tag."""
        values = self.to_dict()
        verdicts = canonical_json(values["verdicts"])
        text = canonical_json(values)
        if len(verdicts) <= MAX_VERDICTS and len(text) <= MAX_VALUE:
            return text
        values["verdicts"] = _hash_text(verdicts)
        text = canonical_json(values)
        for kept in range(len(self.waived) - 1, -1, -1):
            if len(text) <= MAX_VALUE:
                break
            more = f"and {len(self.waived) - kept} more"  # no rule has a space in its name
            text = canonical_json(values | {"waived": [*self.waived[:kept], more]})
        return text


def event_key(
    alias: str, source: int | None, target: int | None, digest: str | None, previous: str | None
) -> str:
    """Return the key of an event's tag: equal for a repetition of one move, and else another one."""
    moved = canonical_json([alias, source, target, digest, previous])
    return EVENT_PREFIX + hashlib.sha256(moved.encode()).hexdigest()[:KEY_DIGITS]


def parse_event(key: str, text: str) -> Event | None:
    """Return the event of a tag; None for a tag that somebody has spoilt, or moved here."""
    try:
        values = parse_strict(text)
        at = format_time(parse_time(values["at"]))
        verdicts = values["verdicts"]
        event = Event(
            key=key,
            alias=_read_text(values["alias"]),
            source=_read_number(values["from"]),
            target=_read_number(values["to"]),
            digest=_read_optional_text(values["digest"]),
            at=at,
            by={_read_text(name): _read_text(value) for name, value in values["by"].items()},
            checksum=_read_optional_text(values["checksum"]),
            verdicts=() if isinstance(verdicts, str) else tuple(map(_read_mapping, verdicts)),
            verdicts_digest=verdicts if isinstance(verdicts, str) else None,
            waived=tuple(map(_read_text, values["waived"])),
            previous=_read_optional_text(values["previous"]),
        )
        expected = event_key(event.alias, event.source, event.target, event.digest, event.previous)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
        OSError,
    ):
        return None
    return event if key == expected else None


def _hash_text(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return share(value)


def _read_optional_text(value: object) -> str | None:
    return None if value is None else _read_text(value)


def _read_number(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < MAX_NUMBER:
        raise TypeError
    return value


def _read_mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError
    return value

"""The event that each alias leaves which registrar sets, moves or removes: what, when, who and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """One move of an alias by registrar.

    `source` is the number of the version that the alias left, None for its first use; `target` the
    one that it came to, None for its removal. `at` is the time in UTC as ISO 8601 writes it.
    `previous` is the key of the event before of this alias, None for a break in the chain. `verdicts`
    are those of the gates and rules, `waived` the names of the rules that a person has waived.
    """

    key: str
    alias: str
    source: int | None
    target: int | None
    digest: str | None
    at: str
    by: Mapping[str, str] = field(default_factory=dict)
    checksum: str | None = None
    verdicts: Mapping[str, Any] = field(default_factory=dict)
    waived: tuple[str, ...] = ()
    previous: str | None = None

"""Notes: what a user should know although nothing is wrong. `report.notes` has their texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Note", "NoteKind"]

NoteKind: TypeAlias = Literal[
    "alias-moves-later",
    "alias-stays",
    "already-made",
    "base-unread",
    "declared-elsewhere",
    "deleted-model-file",
    "duplicate-stays",
    "event-spoilt",
    "events-gone",
    "field-left-out",
    "files-absent",
    "files-stay",
    "gate-unused",
    "laxer-gate",
    "laxer-limit",
    "laxer-rule",
    "leftover-upload",
    "linked-path",
    "local-database",
    "metrics-left-out",
    "missing-right",
    "model-left-out",
    "not-verified",
    "no-changed-models",
    "old-server",
    "outside-plan",
    "pin-creates",
    "pin-differs",
    "plan-written",
    "protection-kept",
    "restricted-scheme",
    "rule-broken",
    "run-files-left-out",
    "run-unreadable",
    "source-gone",
    "source-unreadable",
    "state-unknown",
    "tags-kept",
    "undeclared-models",
    "unknown-server-version",
    "unreachable-name",
    "untouched-and-broken",
    "version-left-out",
    "version-not-ready",
]


@dataclass(frozen=True, slots=True)
class Note:
    """What a user should know although nothing is wrong; `report` turns it into text.

    `subject` is what it is about: a URI or a field. `values` are the other words of the text.
    """

    kind: NoteKind
    subject: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)

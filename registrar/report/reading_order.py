"""The changes of a plan as a reader wants them: by object, without registrar's own records.

The order of the writes is another one: it is what safety needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import assert_never

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetDescription,
    SetTag,
    version_of,
)
from registrar.changes.own_records import is_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registrar.changes.changes import Change

__all__ = ["in_reading_order", "list_shown"]

NEWEST = 2**63  # a version that is not made yet will have the greatest number


def in_reading_order(changes: Iterable[Change]) -> Sequence[Change]:
    """Return the registered model's changes, then each version's, the newest first, then aliases.

    Of one object, its creation comes first, then its description, its tags, and what is removed.
    """
    return sorted(
        list_shown(changes), key=lambda change: (*_place_of_object(change), _place_within(change))
    )


def list_shown(changes: Iterable[Change]) -> list[Change]:
    """Return the changes in their order, without those that only write registrar's own records."""
    return [change for change in changes if not is_record(change)]


def _place_of_object(change: Change) -> tuple[int, float]:
    match change:
        case SetAlias() | DeleteAlias():
            return 2, 0
        case CreateVersion(version=None, entry=entry):
            return 1, entry - NEWEST
        case _:
            number = version_of(change)
            return (0, 0) if number is None else (1, -number)


def _place_within(change: Change) -> int:
    match change:
        case CreateModel() | CreateVersion() | AdoptModel() | AdoptVersion():
            return 0
        case SetDescription():
            return 1
        case SetTag() | RecordEvent() | SetAlias():
            return 2
        case DeleteTag() | DeleteAlias() | DeleteVersion():
            return 3
        case _:
            assert_never(change)

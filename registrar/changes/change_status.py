"""Compare the changes of a plan with the current model: each is done, open or stale.

- done: the model has the new value already.
- open: the model still has the old value, the one that the plan was made with.
- stale: the model has a third value. Somebody else has changed it.

The record of a move is done when the alias has moved: whoever has moved it has recorded that.

A plan can change one field twice, such as the list of managed names. Then each value on the way counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

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
)
from registrar.changes.field_values import find_tag, find_value
from registrar.changes.tags import is_own_tag, managed_text
from registrar.state import (
    DIGEST_TAG,
    MANAGED_TAG,
    METRICS_TAG,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.changes.changes import Change
    from registrar.changes.field_values import Field, Value
    from registrar.state import ObservedModel, ObservedVersion

__all__ = ["ChangeStatus", "check_changes", "find_unmet"]

State: TypeAlias = Literal["done", "open", "stale"]

ANY: Final = object()  # a value before that the change does not name
UNKNOWN: Final = object()  # the number of a version that does not exist yet


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    """The status of one change. `found` is the current value of a stale field; None if it is unset."""

    change: Change
    state: State
    found: str | int | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """One field that a change writes, with its values before and after."""

    field: Field
    before: Value
    after: Value


def check_changes(
    changes: Sequence[Change], observed: ObservedModel | None
) -> tuple[ChangeStatus, ...]:
    """Return the status of each change of one model; `observed` is the current model."""
    if observed is None:
        creates = any(isinstance(change, CreateModel) for change in changes)
        return tuple(ChangeStatus(change, "open" if creates else "stale") for change in changes)
    numbers = _created_numbers(changes, observed)
    steps = [tuple(_steps(change, numbers)) for change in changes]
    positions = _positions(steps, observed)
    return tuple(
        _check_object(change, observed, changes, numbers)
        if isinstance(change, CreateVersion | DeleteVersion | RecordEvent)
        else _check_fields(index, change, [positions[step.field] for step in steps[index]])
        for index, change in enumerate(changes)
    )


def find_unmet(
    changes: Sequence[Change], observed: ObservedModel | None
) -> tuple[ChangeStatus, ...]:
    """Return the changes whose result is not there although all of them were made.

    An equal run that is a moment behind writes the list of managed names a second time, so every
    value that the plan gives to that list counts.
    """
    return tuple(
        status
        for status in check_changes(changes, observed)
        if status.state != "done" and not _is_checked_elsewhere(status)
    )


def _is_checked_elsewhere(status: ChangeStatus) -> bool:
    """Return whether the result of a change need not be there.

    The move of an alias tells whether its event was recorded, so only the move is checked. MLflow
    never uses a number again. So if a version still exists, the user was not permitted to delete it.
    The list of managed names may have any value that the plan gives to it.
    """
    match status:
        case ChangeStatus(change=RecordEvent() | DeleteVersion()):
            return True
        case ChangeStatus(change=SetTag(key=key), state="open"):
            return key == MANAGED_TAG
        case _:
            return False


def _check_fields(
    index: int, change: Change, positions: Sequence[tuple[int | None, Value]]
) -> ChangeStatus:
    """Return the status of a change, from the positions of the fields that it writes."""
    is_done = True
    for position, found in positions:
        if position is None:
            return ChangeStatus(change, "stale", found if isinstance(found, str | int) else None)
        is_done = is_done and index < position
    return ChangeStatus(change, "done" if is_done else "open")


def _check_object(
    change: CreateVersion | DeleteVersion | RecordEvent,
    observed: ObservedModel,
    changes: Sequence[Change],
    numbers: Mapping[int, int],
) -> ChangeStatus:
    match change:
        case RecordEvent(alias=alias):
            target = change.version if change.entry is None else _target_of(change, numbers)
            is_done = observed.aliases.get(alias) == target
            return ChangeStatus(change, "done" if is_done else "open")
        case CreateVersion():
            return _check_created(change, observed)
        case DeleteVersion():
            return _check_deleted(change, observed, changes)
        case _:
            assert_never(change)


def _positions(
    steps: Sequence[Sequence[_Step]], observed: ObservedModel
) -> dict[Field, tuple[int | None, Value]]:
    """Return for each field the index of the first change that is open, and the field's value.

    The index is None for a field with a value that the plan knows neither before nor after.
    """
    writes: dict[Field, list[tuple[int, _Step]]] = {}
    for index, steps_of_change in enumerate(steps):
        for step in steps_of_change:
            writes.setdefault(step.field, []).append((index, step))
    positions: dict[Field, tuple[int | None, Value]] = {}
    for field, chain in writes.items():
        now = find_value(field, observed)
        if now == chain[-1][1].after:
            positions[field] = (len(steps), now)
            continue
        first_open = [index for index, step in chain if step.before is ANY or step.before == now]
        positions[field] = (first_open[-1] if first_open else None, now)
    return positions


def _steps(change: Change, numbers: Mapping[int, int]) -> Iterator[_Step]:
    """Yield the fields that a change writes, but those of a version that it creates or deletes."""
    match change:
        case CreateModel():
            for key, value in change.tags.items():
                yield _Step(("tag", None, key), None, value)
            if change.description:
                yield _Step(("description", None, ""), "", change.description)
        case AdoptModel():
            for key, value in change.tags.items():
                yield _Step(("tag", None, key), None, value)
        case AdoptVersion():
            # The digest is set last. Of the list of managed names, the change tells no value before.
            for key, before in ((DIGEST_TAG, None), (MANAGED_TAG, ANY)):
                if key in change.tags:
                    yield _Step(("tag", change.version, key), before, change.tags[key])
        case SetTag():
            yield _Step(("tag", change.version, change.key), change.before, change.after)
        case DeleteTag():
            yield _Step(("tag", change.version, change.key), change.before, None)
        case SetDescription():
            yield _Step(("description", change.version, ""), change.before, change.after)
        case SetAlias():
            target = _target_of(change, numbers)
            yield _Step(("alias", None, change.alias), change.before, target)
        case DeleteAlias():
            yield _Step(("alias", None, change.alias), change.before, None)
        case CreateVersion() | DeleteVersion() | RecordEvent():
            return
        case _:
            assert_never(change)


def _target_of(change: SetAlias | RecordEvent, numbers: Mapping[int, int]) -> Value:
    """Return the number of the version that an alias comes to."""
    entry = change.entry
    return change.version or (UNKNOWN if entry is None else numbers.get(entry, UNKNOWN))


def _created_numbers(changes: Sequence[Change], observed: ObservedModel) -> dict[int, int]:
    """Return the numbers of the planned versions that exist already, by their entry."""
    numbers = {}
    for change in changes:
        if isinstance(change, CreateVersion):
            version = _find_version(change, observed)
            if version is not None:
                numbers[change.entry] = version.number
    return numbers


def _find_version(change: CreateVersion, observed: ObservedModel) -> ObservedVersion | None:
    """Return the lowest version with the content, and the pin, of a version to create."""
    same = (
        version
        for version in observed.ready_versions
        if version.digest == change.source.digest
        and (change.pin is None or version.pinned == change.pin)
    )
    return min(same, key=lambda version: version.number, default=None)


def _check_created(change: CreateVersion, observed: ObservedModel) -> ChangeStatus:
    version = _find_version(change, observed)
    if version is None:
        return ChangeStatus(change, "open")
    managed = managed_text(version.managed or ())
    is_same = (
        version.description == change.description
        and change.tags.get(MANAGED_TAG, managed) == managed
        and all(
            find_tag(version, key) == value
            for key, value in change.tags.items()
            if key == METRICS_TAG or not is_own_tag(key)
        )
    )
    return ChangeStatus(change, "done" if is_same else "stale", version.number)


def _check_deleted(
    change: DeleteVersion, observed: ObservedModel, changes: Sequence[Change]
) -> ChangeStatus:
    """Return the status of the deletion of a duplicate.

    A duplicate that has got an alias or a tag since is stale: somebody uses it.
    """
    version = next((v for v in observed.versions if v.number == change.version), None)
    if version is None:
        return ChangeStatus(change, "done")
    moved = {c.alias for c in changes if isinstance(c, SetAlias | DeleteAlias)}
    is_as_planned = (
        version.digest == change.digest
        and moved.issuperset(version.aliases)
        and set(version.tags) <= {*(version.managed or ()), *version.provenance}
    )
    return ChangeStatus(change, "open" if is_as_planned else "stale", version.number)

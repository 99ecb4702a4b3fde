"""Create models and versions exactly once, although MLflow has no idempotent create.

Each version carries its digest from its first moment. So: look for the digest, create, look again.
The lowest version with the digest is the original; whoever created another one deletes it. When
the reply to a create is lost, look first: only if nothing was created is the request sent again.
"""

from __future__ import annotations

import contextlib
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.changes.duplicates import duplicates
from registrar.changes.readiness import explain_not_ready
from registrar.changes.tags import managed_text
from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    OutcomeUnknownError,
    RefusedError,
    RegistrarError,
    ReplyTimeoutError,
    ServerError,
)
from registrar.policy.protection import owner_problems
from registrar.state import MANAGED_TAG, OWNER_TAG, PROTECTED_TAG, DesiredModel, Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.changes.changes import CreateModel, CreateVersion
    from registrar.registry import Registry
    from registrar.state import ObservedModel, ObservedVersion

__all__ = [
    "Creation",
    "complete_model",
    "create_model",
    "create_version",
    "delete_duplicate",
    "report_unknown_outcome",
    "settle",
]

PAUSES = random.Random()  # noqa: S311 - not a secret; the program's own seed stays what it is

MAX_CREATES = 4  # create requests for one version, each after a look that did not find it
FIRST_PAUSE = 0.2  # seconds before the second one; it doubles each time


@dataclass(frozen=True, slots=True)
class Creation:
    """The version that a create left on the server, whoever created it.

    `is_first` says that this create made version 1 of the model, so that no alias can exist yet.
    `is_found` says that the version was there already, or that nobody knows who made it.
    """

    number: int
    is_first: bool = False
    is_found: bool = False
    notes: tuple[Note, ...] = ()


def create_model(registry: Registry, change: CreateModel) -> ObservedModel | None:
    """Create the registered model; return the one that exists where another run was faster.

    Raises ServerError, and AlreadyExistsError where the name belongs to a prompt.
    """
    attempt = 0
    while True:
        try:
            registry.create_model(change.name, change.description, change.tags)
        except (AlreadyExistsError, OutcomeUnknownError) as error:
            with report_unknown_outcome(error):
                model = registry.observe_for([DesiredModel(change.name)]).get(change.name)
            attempt += 1
            is_retried = isinstance(error, OutcomeUnknownError) and attempt < MAX_CREATES
            if model is None and is_retried:
                _pause(attempt)
                continue
            if model is None or model.is_prompt:
                raise
            return model
        return None


def create_version(registry: Registry, name: str, change: CreateVersion) -> Creation:
    """Create the version once, with all its tags; its files are in the store.

    Raises OutcomeUnknownError when nobody can tell whether it was created, IncompleteError when the
    server is still making it, ServerError.
    """
    stored = change.context.stored
    assert stored is not None, "the files are uploaded before the version is created"
    attempt = 0
    while True:
        original = _find_original(registry, name, change)
        if original is not None:
            return Creation(original.number, is_found=True)
        try:
            number = registry.create_version(name, stored, change.description, change.all_tags)
        except OutcomeUnknownError as error:
            is_late = isinstance(error, ReplyTimeoutError)
            with report_unknown_outcome(error):
                creation = _after_lost_reply(registry, name, change, is_late=is_late)
            if creation is not None:
                return creation
            attempt += 1
            if is_late or attempt == MAX_CREATES:
                raise
            _pause(attempt)
        else:
            return _keep_lowest(registry, name, change, number)


def settle(registry: Registry, name: str, change: CreateVersion) -> Creation | None:
    """Return the original of the version to create, and delete its duplicates; None without one."""
    versions = _same_digest(registry, name, change)
    if not versions:
        return None
    original = versions[0].number
    notes = [
        note
        for duplicate in duplicates(change.source.digest, versions)
        for note in delete_duplicate(registry, name, duplicate.number, original)
    ]
    return Creation(original, is_found=True, notes=tuple(notes))


def _find_original(registry: Registry, name: str, change: CreateVersion) -> ObservedVersion | None:
    """Return the lowest version that has the digest, and the pin, of the version to create."""
    versions = _same_digest(registry, name, change)
    return versions[0] if versions else None


def delete_duplicate(
    registry: Registry, name: str, number: int, original: int | None = None
) -> tuple[Note, ...]:
    """Delete a version; return a note where the permission to delete it is missing."""
    try:
        registry.delete_version(name, number)
    except AccessDeniedError as error:
        of = "a lower version" if original is None else f"version {original}"
        values = {"original": of, "reason": error.problems[0].message}
        return (Note("duplicate-stays", f"version {number}", values),)
    return ()


def complete_model(registry: Registry, change: CreateModel, model: ObservedModel) -> None:
    """Set what a model that another run created at the same moment lacks.

    Raises RefusedError when the other run's owner is another one.
    """
    RefusedError.raise_for(owner_problems(model, change.tags.get(OWNER_TAG)))
    tags = dict(model.tags)
    if model.managed is not None:
        tags[MANAGED_TAG] = managed_text(model.managed)
    if model.owner is not None:
        tags[OWNER_TAG] = model.owner
    if model.protected is not None and PROTECTED_TAG in change.tags:
        tags[PROTECTED_TAG] = change.tags[PROTECTED_TAG]  # a plan has to show what it lifts
    for key, value in change.tags.items():
        if tags.get(key) != value:
            registry.set_tag(change.name, None, key, value)
    if change.description and model.description != change.description:
        registry.set_description(change.name, None, change.description)


def _keep_lowest(registry: Registry, name: str, change: CreateVersion, number: int) -> Creation:
    """Return the original after a create gave the version `number`; delete that if it is not it."""
    if number == 1:  # MLflow counts from 1 and gives no number twice: no version is lower
        return Creation(number, is_first=True)
    with report_unknown_outcome():
        original = _find_original(registry, name, change)
        if original is None or original.number >= number:
            return Creation(number)
        notes = delete_duplicate(registry, name, number, original.number)
    return Creation(original.number, is_found=True, notes=notes)


def _after_lost_reply(
    registry: Registry, name: str, change: CreateVersion, *, is_late: bool
) -> Creation | None:
    """Return the original if the request whose reply was lost, or another run, has created it.

    Its duplicates are deleted. A late reply means that the request may still be under way:
    look several times, but never send it again, since the server would then perform both.
    """
    for attempt in range(1, MAX_CREATES + 1 if is_late else 2):
        creation = settle(registry, name, change)
        if creation is not None:
            return creation
        if is_late:
            _pause(attempt)
    return None


@contextlib.contextmanager
def report_unknown_outcome(error: RegistrarError | None = None) -> Iterator[None]:
    """Raise OutcomeUnknownError if the block cannot find out what became of a create.

    `error` is the failure of the create; None if it succeeded. The new error names both failures.
    """
    try:
        yield
    except ServerError as failure:
        if error is not None and not isinstance(error, OutcomeUnknownError):
            raise
        told = () if error is None else error.problems
        unknown = OutcomeUnknownError(*told, *failure.problems)
        unknown.is_final = failure.is_final
        raise unknown from None


def _same_digest(
    registry: Registry, name: str, change: CreateVersion
) -> tuple[ObservedVersion, ...]:
    """Return the versions that are the one to create; failed versions are left out.

    Raises ServerError where the server is still making the only one.
    """
    versions = [
        version
        for version in registry.find_by_digest(name, change.source.digest)
        if change.pin is None or version.pinned == change.pin
    ]
    ready = tuple(version for version in versions if version.is_ready)
    pending = next((version for version in versions if version.is_pending), None)
    if pending is not None and not ready:
        raise ServerError(explain_not_ready(name, pending))
    return ready


def _pause(attempt: int) -> None:
    """Wait after the given number of attempts; the jitter keeps concurrent runs apart."""
    seconds = FIRST_PAUSE * 2 ** (attempt - 1)
    time.sleep(seconds * PAUSES.uniform(0.5, 1))

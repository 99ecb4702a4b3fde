"""The execution of one model's plan, change by change, up to the first that fails."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
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
    add_version_number,
)
from registrar.changes.events import find_previous, list_events
from registrar.errors import (
    BugError,
    IncompleteError,
    InvalidRequestError,
    Problem,
    RefusedError,
    RegistrarError,
    ServerError,
)
from registrar.execution import create_once
from registrar.execution.recheck import check_result, look_again
from registrar.execution.upload import delete_unused_uploads, discard_copies, upload_model
from registrar.report import Outcome
from registrar.state import Note
from registrar.text import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.change_status import ChangeStatus
    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan
    from registrar.events import Event
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Registry, Store

__all__ = ["ModelExecution"]


@dataclass
class ModelExecution:
    """The execution of one model's changes.

    `numbers` holds the version number of each declared version that is on the server. `has_aliases`
    is False right after this run has created version 1, when no alias can exist yet. `is_update`
    says that the model existed; only then can others have changed it meanwhile. `statuses` say
    which changes another run, or an earlier one of this plan, has made already. `events` are the
    recorded moves of the model's aliases. `done` counts the changes that were tried; `not_made` are
    the indexes of those among them that the server did not permit.
    """

    plan: ModelPlan
    registry: Registry
    store: Store
    interrupt: Interrupt
    done: list[Change] = field(default_factory=list)
    earlier: list[int] = field(default_factory=list)
    not_made: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    has_aliases: bool = True
    is_update: bool = False
    statuses: tuple[ChangeStatus, ...] = ()
    events: tuple[Event, ...] = ()

    def run(self) -> Outcome:
        """Perform the changes in their order, up to the first that fails."""
        matches = self.plan.matches
        self.numbers = {entry: n for entry, n in enumerate(matches) if n is not None}
        error: RegistrarError | None = None
        try:
            self._perform_all()
        except RegistrarError as failure:
            error = failure
            if isinstance(failure, RefusedError):  # the next run of the same content may never come
                discard_copies(self._name, self.plan.changes[len(self.done) :], self.store)
        except KeyboardInterrupt:
            self.interrupt.pending = True  # no further model is started
        except Exception as failure:  # a bug; the report still says what became of every model
            error = BugError.from_exception(failure)
        made = [entry for entry in enumerate(self.done) if entry[0] not in self.not_made]
        done = tuple(change for _, change in made)
        left = tuple(map(self._numbered, self.plan.changes[len(self.done) :]))
        plan = replace(
            self.plan,
            matches=tuple(self.numbers.get(entry) for entry in range(len(matches))),
            changes=(*done, *left),
        )
        earlier = frozenset(at for at, (index, _) in enumerate(made) if index in self.earlier)
        return Outcome(plan, done, left, tuple(self.notes), error, earlier)

    def _perform_all(self) -> None:
        """Perform the changes that are open; look at a model that exists before and after."""
        self.is_update = self.plan.observed is not None
        if self.is_update and not self.interrupt.pending:
            self._look_again()
        for index, change in enumerate(self.plan.changes):
            if self.interrupt.pending:
                return
            if self._is_done(index):
                self.earlier.append(index)
            else:
                self._perform(self._numbered(change))
            self.done.append(self._numbered(change))
        if self.is_update and len(self.earlier) < len(self.done):
            check_result(self.plan, self.done, self.registry)

    def _look_again(self) -> None:
        """Read the model again. Raises RefusedError where others have changed it meanwhile."""
        self.statuses, observed = look_again(self.plan, self.registry)
        self.events = list_events(observed)
        for status in self.statuses:
            if isinstance(status.change, CreateVersion) and isinstance(status.found, int):
                self.numbers[status.change.entry] = status.found

    def _is_done(self, index: int) -> bool:
        return bool(self.statuses) and self.statuses[index].state == "done"

    @property
    def _name(self) -> str:
        return self.plan.name

    def _numbered(self, change: Change) -> Change:
        return add_version_number(change, self.numbers)

    def _perform(self, change: Change) -> None:
        registry, name = self.registry, self._name
        match change:
            case CreateModel():
                self._create_model(change)
            case CreateVersion():
                self._create_version(change)
            case AdoptModel():
                self._set_tags(None, change.tags)
            case AdoptVersion():
                self._set_tags(change.version, change.tags)
            case SetTag():
                registry.set_tag(name, change.version, change.key, change.after)
            case DeleteTag():
                registry.delete_tag(name, change.version, change.key)
            case SetDescription():
                registry.set_description(name, change.version, change.after)
            case RecordEvent():
                self._record_event(change)
            case SetAlias():
                assert change.version is not None, "versions are created before aliases are set"
                if self._alias_needs_write(change.alias, change.before, change.version):
                    registry.set_alias(name, change.alias, change.version)
            case DeleteAlias():
                if self._alias_needs_write(change.alias, change.before, None):
                    registry.delete_alias(name, change.alias)
            case DeleteVersion():
                notes = create_once.delete_duplicate(registry, name, change.version)
                self.notes += notes
                if notes:
                    self.not_made.append(len(self.done))
            case _:
                assert_never(change)

    def _set_tags(self, version: int | None, tags: Mapping[str, str]) -> None:
        for key, value in tags.items():
            self.registry.set_tag(self._name, version, key, value)

    def _record_event(self, change: RecordEvent) -> None:
        """Write the event of an alias, after the one that the last look has found."""
        assert change.holder is not None, "versions are created before aliases are set"
        previous = find_previous(change.alias, change.before, self.events)
        event = change.with_previous(previous).to_event(format_time(round(time.time() * 1000)))
        self.registry.set_tag(self._name, change.holder, event.key, event.to_text())

    def _create_model(self, change: CreateModel) -> None:
        """Create the model; where another run was faster, complete what that one created."""
        found = create_once.create_model(self.registry, change)
        if found is not None:
            self.is_update = True
            self._look_again()
            if not self._is_done(len(self.done)):
                create_once.complete_model(self.registry, change, found)

    def _create_version(self, change: CreateVersion) -> None:
        """Upload the files, create the version once, and note its number."""
        self.has_aliases = True
        creation = self._upload_and_create(change)
        expected = 1 + sum(isinstance(done, CreateVersion) for done in self.done)
        if creation.is_found or creation.number != expected:
            self.is_update = True  # others have made versions, too
        self.numbers[change.entry] = creation.number
        self.notes += creation.notes
        self.has_aliases = not creation.is_first
        if change.uploads:
            self.has_aliases = True  # deleting takes its time: somebody may set one meanwhile
            self._delete_unused_uploads(change, creation.number)
        if creation.is_found:  # perhaps of another run, with other metadata than gates have judged
            with create_once.report_unknown_outcome():
                self._look_again()

    def _upload_and_create(self, change: CreateVersion) -> create_once.Creation:
        try:
            with self.interrupt.release():
                stored = upload_model(self._name, change.source, self.store, self.interrupt)
        except RegistrarError as error:
            # Another run may have registered the content first, and deleted this run's upload.
            return self._settle(change, error)
        if change.uploads and self.is_update:
            self._look_again()  # an upload takes its time
        try:
            if change.uploads and stored.run_id is None:  # else the run is where the files lie
                stored = replace(stored, run_id=change.context.run_id)
            context = replace(change.context, stored=stored)
            return create_once.create_version(
                self.registry, self._name, change.with_context(context)
            )
        except IncompleteError:  # the server is still making it, and was waited for
            raise
        except RegistrarError as error:
            # The version may have been created; what failed is the look or the delete after it.
            return self._settle(change, error)

    def _settle(self, change: CreateVersion, error: RegistrarError) -> create_once.Creation:
        with create_once.report_unknown_outcome(error):
            creation = create_once.settle(self.registry, self._name, change)
        if creation is None:
            raise error
        return creation

    def _delete_unused_uploads(self, change: CreateVersion, number: int) -> None:
        digest = change.source.digest
        try:
            delete_unused_uploads(self._name, digest, number, self.registry, self.store)
        except (InvalidRequestError, ServerError) as error:
            values = {"reason": error.problems[0].message}
            self.notes.append(Note("leftover-upload", f"version {number}", values))

    def _alias_needs_write(self, alias: str, before: int | None, after: int | None) -> bool:
        """Return whether an alias still points where the plan found it.

        It may point where the plan wants it already; then nothing is to be written. Raises
        RefusedError when somebody has moved it elsewhere since the plan was made.
        """
        aliases = self.registry.get_aliases(self._name) if self.has_aliases else {}
        current = aliases.get(alias)
        if current == after:
            return False
        if current != before:
            raise RefusedError(_moved_alias(self._name, alias, before, current))
        return True


def _moved_alias(name: str, alias: str, before: int | None, current: int | None) -> Problem:
    then, now = (f"version {number}" if number else "no version" for number in (before, current))
    message = (
        f"{name}: the alias '{alias}' pointed to {then} when the plan was made, and it points to "
        f"{now} now; it was not moved"
    )
    return Problem("alias-moved", message, "Find out who moved it, then plan again.")

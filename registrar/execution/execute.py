"""Execute a plan: perform each change in its order, model by model.

A failure of one model does not stop the others; a server that cannot be reached does.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from registrar import progress
from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    SetAlias,
    SetDescription,
    SetTag,
    add_version_number,
)
from registrar.changes.duplicates import duplicates
from registrar.errors import (
    AccessDeniedError,
    BugError,
    InvalidRequestError,
    Problem,
    RefusedError,
    RegistrarError,
    ServerError,
    UnreachableError,
)
from registrar.execution import create_once
from registrar.execution.upload import delete_unused_uploads, upload_model
from registrar.report import Outcome
from registrar.state import DesiredModel, DesiredVersion, Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Registry, Store

__all__ = ["execute"]


def execute(plan: Plan, executor: Executor) -> tuple[Outcome, ...]:
    """Perform the changes of a plan, and return what became of each model, in the plan's order.

    Failures and interrupts are recorded in the outcomes, not raised.
    """
    interrupt = executor.interrupt
    interrupt.hold()
    outcomes = [_not_started(model) for model in plan.models]
    pending = [index for index, model in enumerate(plan.models) if model.changes]
    lost = False
    try:
        with progress.step("applying", len(pending)), progress.step("uploading", unit="B"):
            models = [plan.models[index] for index in pending]
            results = executor.run_each(
                execute_model, models, stop=lambda: lost or interrupt.pending
            )
            for position, result in results:
                index = pending[position]
                outcomes[index] = (
                    _not_started(plan.models[index], result)
                    if isinstance(result, RegistrarError)
                    else result
                )
                lost = lost or isinstance(outcomes[index].error, UnreachableError)
                progress.advance("applying")
        if executor.cluster is not None:
            remove_late_duplicates(outcomes, executor.backend.registry)
    except KeyboardInterrupt:  # a second signal: do not wait for the models that are under way
        interrupt.pending = True
    return tuple(outcomes)


def execute_model(backend: Backend, interrupt: Interrupt, plan: ModelPlan) -> Outcome:
    """Perform the changes of one model, up to the first that fails."""
    return _ModelExecution(plan, backend.registry, backend.store, interrupt).run()


def remove_late_duplicates(outcomes: Iterable[Outcome], registry: Registry) -> None:
    """Delete the duplicates that workers created whose connection was lost.

    The last request of a lost worker may arrive after its replacement has looked. Where this fails,
    the next run deletes the duplicate.
    """
    created: dict[str, list[DesiredVersion]] = {}
    for outcome in outcomes:
        for change in outcome.done:
            if isinstance(change, CreateVersion):
                versions = created.setdefault(outcome.plan.name, [])
                versions.append(DesiredVersion(change.source))
    models = [DesiredModel(name, versions=tuple(created[name])) for name in created]
    with contextlib.suppress(ServerError, InvalidRequestError):
        observed = registry.observe_for(models)
        for name, versions in created.items():
            for version in versions if name in observed else ():
                for duplicate in duplicates(version.digest, observed[name].versions):
                    registry.delete_version(name, duplicate.number)


def _not_started(plan: ModelPlan, error: RegistrarError | None = None) -> Outcome:
    return Outcome(plan, left=plan.changes, error=error)


@dataclass
class _ModelExecution:
    """The execution of one model's changes.

    `numbers` holds the version number of each declared version that is on the server. `has_aliases`
    is False right after this run has created version 1, when no alias can exist yet.
    """

    plan: ModelPlan
    registry: Registry
    store: Store
    interrupt: Interrupt
    done: list[Change] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    has_aliases: bool = True

    def run(self) -> Outcome:
        """Perform the changes in their order, up to the first that fails."""
        matches = self.plan.matches
        self.numbers = {entry: n for entry, n in enumerate(matches) if n is not None}
        error: RegistrarError | None = None
        try:
            for change in self.plan.changes:
                if self.interrupt.pending:
                    break
                self._perform(self._numbered(change))
                self.done.append(self._numbered(change))
        except RegistrarError as failure:
            error = failure
        except KeyboardInterrupt:
            self.interrupt.pending = True  # no further model is started
        except Exception as failure:  # a bug; the report still says what became of every model
            error = BugError.from_exception(failure)
        left = tuple(map(self._numbered, self.plan.changes[len(self.done) :]))
        plan = replace(
            self.plan,
            matches=tuple(self.numbers.get(entry) for entry in range(len(matches))),
            changes=(*self.done, *left),
        )
        return Outcome(plan, tuple(self.done), left, tuple(self.notes), error)

    @property
    def _name(self) -> str:
        return self.plan.name

    def _numbered(self, change: Change) -> Change:
        return add_version_number(change, self.numbers)

    def _perform(self, change: Change) -> None:
        registry, name = self.registry, self._name
        match change:
            case CreateModel():
                create_once.create_model(registry, change)
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
            case SetAlias():
                assert change.version is not None, "versions are created before aliases are set"
                if self._alias_needs_write(change.alias, change.before, change.version):
                    registry.set_alias(name, change.alias, change.version)
            case DeleteAlias():
                if self._alias_needs_write(change.alias, change.before, None):
                    registry.delete_alias(name, change.alias)
            case DeleteVersion():
                self.notes += create_once.delete_duplicate(registry, name, change.version)
            case _:
                assert_never(change)

    def _set_tags(self, version: int | None, tags: Mapping[str, str]) -> None:
        for key, value in tags.items():
            self.registry.set_tag(self._name, version, key, value)

    def _create_version(self, change: CreateVersion) -> None:
        """Upload the files, create the version once, and note its number."""
        self.has_aliases = True
        creation = self._upload_and_create(change)
        self.numbers[change.entry] = creation.number
        self.notes += creation.notes
        self.has_aliases = not creation.is_first
        if change.uploads:
            self.has_aliases = True  # deleting takes its time: somebody may set one meanwhile
            self._delete_unused_uploads(change, creation.number)

    def _upload_and_create(self, change: CreateVersion) -> create_once.Creation:
        try:
            with self.interrupt.release():
                stored = upload_model(self._name, change.source, self.store, self.interrupt)
            context = replace(change.context, stored=stored)
            return create_once.create_version(
                self.registry, self._name, change.with_context(context)
            )
        except RegistrarError:
            # Another run may have registered the content first, and deleted this run's upload. Or
            # the version was created, and what failed is the look or the delete after it.
            creation = create_once.settle(self.registry, self._name, change)
            if creation is None:
                raise
            return creation

    def _delete_unused_uploads(self, change: CreateVersion, number: int) -> None:
        digest = change.source.digest
        try:
            delete_unused_uploads(self._name, digest, self.registry, self.store)
        except (AccessDeniedError, ServerError) as error:
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

"""Executing a plan: each change in its order, exactly once whatever fails on the way.

MLflow has no idempotent create. What makes one here is the digest, which a version carries from its
first moment: look, create once, look again. The lowest live version with the digest is the one;
whoever made another deletes it. No answer to a create is a reason to look, never to send it again
blindly.
"""

from __future__ import annotations

import contextlib
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from registrar import progress
from registrar.changes.diff import managed_text, parent_tags, version_tags
from registrar.changes.matching import duplicates
from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    InvalidRequestError,
    OutcomeUnknownError,
    Problem,
    RefusedError,
    RegistrarError,
    ReplyTimeoutError,
    ServerError,
    UnreachableError,
)
from registrar.execution.upload import clean, uploaded
from registrar.report import Outcome
from registrar.state import MANAGED_TAG, Change, DesiredVersion, ModelPlan, ObservedVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Registry, Store, Stored
    from registrar.state import Plan

__all__ = ["execute"]

TRIES = 4  # creates sent for one version, each after a look that found none
PAUSE = 0.2  # seconds before the second of them; doubles


def execute(plan: Plan, executor: Executor) -> tuple[Outcome, ...]:
    """What became of each model. One that fails does not stop the others; a lost server does.

    Nothing is raised for a failure at the server or an interrupt: the outcomes tell.
    """
    interrupt = executor.interrupt
    interrupt.hold()
    found: dict[int, Outcome] = {}
    lost = False
    pending = [model for model in plan.models if model.changes]
    try:
        with progress.step("applying", len(pending)), progress.step("uploading", unit="B"):
            done = executor.run_each(carry_out, pending, stop=lambda: lost or interrupt.pending)
            for index, outcome in done:
                if isinstance(outcome, RegistrarError):
                    model = pending[index]
                    outcome = Outcome(model, left=model.changes, error=outcome)  # noqa: PLW2901
                found[id(pending[index])] = outcome
                lost = lost or isinstance(outcome.error, UnreachableError)
                progress.advance("applying")
        if executor.cluster is not None:
            _settle(found.values(), executor)
    except KeyboardInterrupt:  # a second signal: what is under way is not waited for
        interrupt.pending = True
    return tuple(found.get(id(model), Outcome(model, left=model.changes)) for model in plan.models)


def _settle(outcomes: Iterable[Outcome], executor: Executor) -> None:
    """The last request of a lost worker may have come after another had looked: its double goes.

    Where that fails, the next run sees to it.
    """
    made = [
        outcome.plan.desired
        for outcome in outcomes
        if any((change.kind, change.action) == ("version", "create") for change in outcome.done)
    ]
    with contextlib.suppress(ServerError, InvalidRequestError):
        observed = executor.backend.registry.observe_for(made)
        for model in made:
            if (held := observed.get(model.name)) is None:
                continue
            for version in model.versions:
                for double in duplicates(version.digest, held.versions):
                    executor.backend.registry.delete_version(model.name, double.number)


def carry_out(backend: Backend, interrupt: Interrupt, plan: ModelPlan) -> Outcome:
    """What became of one model."""
    return _Execution(plan, backend.registry, backend.store, interrupt).run()


@dataclass
class _Execution:
    """One model's changes under way: which version number each declared entry has got."""

    plan: ModelPlan
    registry: Registry
    store: Store
    interrupt: Interrupt
    done: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    alone: bool = False  # the last write made the model's first version: no alias points elsewhere

    def run(self) -> Outcome:
        """All changes in order, up to the first that fails."""
        self.numbers = {e: n for e, n in enumerate(self.plan.matches) if n is not None}
        error: RegistrarError | None = None
        try:
            for change in self.plan.changes:
                if self.interrupt.pending:
                    break
                self._make(self._resolved(change))
                self.done.append(self._resolved(change))
        except RegistrarError as failure:
            error = failure
        except KeyboardInterrupt:
            self.interrupt.pending = True  # the models after this one are left, too
        left = tuple(self._resolved(change) for change in self.plan.changes[len(self.done) :])
        plan = replace(
            self.plan,
            matches=tuple(self.numbers.get(e) for e in range(len(self.plan.matches))),
            changes=(*self.done, *left),
        )
        return Outcome(plan, tuple(self.done), left, tuple(self.notes), error)

    @property
    def _name(self) -> str:
        return self.plan.desired.name

    def _resolved(self, change: Change) -> Change:
        """The change with the number of its version, if it has one by now."""
        if change.entry is None or change.entry not in self.numbers:
            return change
        number = self.numbers[change.entry]
        after = number if change.kind == "alias" else change.after
        return replace(change, version=number, after=after)

    def _make(self, change: Change) -> None:
        registry, name = self.registry, self._name
        field_ = change.field or ""
        version = None if field_.startswith("registered_model.") else change.version
        match change.kind, change.action:
            case "model", "adopt":
                for key, value in change.after.items():
                    registry.set_tag(name, None, key, value)
            case "model", _:
                self._create_model(change)
            case "version", "create":
                self._create_version(change)
            case "version", "adopt":
                for key, value in change.after.items():  # the digest, which makes it ours, last
                    registry.set_tag(name, change.version, key, value)
            case "version", _:
                self._remove_double(change.version or 0)
            case "tag", "remove":
                registry.delete_tag(name, version, _key(field_))
            case "tag", _:
                registry.set_tag(name, version, _key(field_), change.after)
            case "description", _:
                registry.set_description(name, version, change.after)
            case _:
                self._point(change)

    def _create_model(self, change: Change) -> None:
        """The model exists with its description and tags, whoever made it."""
        tags = parent_tags(self.plan.desired)
        description = change.after["description"]
        for attempt in range(TRIES):
            try:
                self.registry.create_model(self._name, description, tags)
            except (AlreadyExistsError, OutcomeUnknownError) as error:
                model = self.registry.observe_for([self.plan.desired]).get(self._name)
                if model is None and isinstance(error, OutcomeUnknownError) and attempt < TRIES - 1:
                    _pause(attempt)
                    continue
                if model is None or model.is_prompt:
                    raise
                have = {**model.tags, **_managed(model.managed)}
                for key, value in tags.items():
                    if have.get(key) != value:
                        self.registry.set_tag(self._name, None, key, value)
                if description and model.description != description:
                    self.registry.set_description(self._name, None, description)
            return

    def _create_version(self, change: Change) -> None:
        """The version exists once, with all its bytes and tags; its number is known."""
        entry = change.entry or 0
        version = self.plan.desired.versions[entry]
        self.alone = False
        try:
            with self.interrupt.released():
                stored = uploaded(self._name, version.source, self.store, self.interrupt)
            self.numbers[entry] = self._settle(version, stored)
        except RegistrarError:
            # A run that registers the same content may have been faster, and have cleaned up.
            winner = self._lowest(version)
            if winner is None:
                raise
            self.numbers[entry] = winner.number
        if version.source.stored is None:
            self.alone = False
            try:
                clean(self._name, version.digest, self.registry, self.store)
            except (AccessDeniedError, ServerError) as error:
                what, number = error.problems[0].message, self.numbers[entry]
                self.notes.append(f"{self._name}: leftovers of version {number} stay: {what}")

    def _settle(self, version: DesiredVersion, stored: Stored) -> int:
        """The number of the one version with this digest, made here or by somebody faster."""
        for attempt in range(TRIES):
            present = self._lowest(version)
            if present is not None:
                return present.number
            try:
                mine = self.registry.create_version(
                    self._name, stored, version.description or "", version_tags(version)
                )
            except OutcomeUnknownError as error:
                number = self._after_silence(version, late=isinstance(error, ReplyTimeoutError))
                if number is not None:
                    return number
                if isinstance(error, ReplyTimeoutError) or attempt == TRIES - 1:
                    raise
                _pause(attempt)
                continue
            # MLflow counts versions from 1 and gives no number twice: nothing is below the first.
            self.alone = mine == 1
            lowest = None if self.alone else self._lowest(version)
            if lowest is None or lowest.number >= mine:
                return mine
            self._remove_double(mine, lowest.number)
            return lowest.number
        raise AssertionError

    def _after_silence(self, version: DesiredVersion, *, late: bool) -> int | None:
        """After a lost answer: the version there is, any other that was made with it removed.

        A late one is waited for, but the create is never sent again: both would be carried out.
        """
        for attempt in range(TRIES if late else 1):
            versions = self._alike(version)
            for double in duplicates(version.digest, versions):
                self._remove_double(double.number, versions[0].number)
            if versions:
                return versions[0].number
            if late:
                _pause(attempt)
        return None

    def _lowest(self, version: DesiredVersion) -> ObservedVersion | None:
        versions = self._alike(version)
        return versions[0] if versions else None

    def _alike(self, version: DesiredVersion) -> tuple[ObservedVersion, ...]:
        """Those with the version's digest, lowest first; for a pinned one, with its pin."""
        found = self.registry.find_by_digest(self._name, version.digest)
        if version.pin is None:
            return found
        return tuple(other for other in found if other.pinned == version.pin)

    def _remove_double(self, number: int, kept: int | None = None) -> None:
        """The version is gone; where the right to delete is lacking, a note says so."""
        try:
            self.registry.delete_version(self._name, number)
        except AccessDeniedError as error:
            self.notes.append(
                f"{self._name}: version {number} is a double of {kept or 'a lower one'} and could "
                f"not be deleted ({error.problems[0].message}); somebody with the right to has to"
            )

    def _point(self, change: Change) -> None:
        """The alias is where the plan wants it, unless somebody moved it since."""
        alias = change.field or ""
        now = None if self.alone else self.registry.get_aliases(self._name).get(alias)
        wanted = None if change.action == "remove" else change.after
        if now == wanted:
            return
        if now != change.before:
            places = [
                f"version {number}" if number else "nothing" for number in (change.before, now)
            ]
            message = (
                f"{self._name}: the alias '{alias}' pointed to {places[0]} when the plan was made "
                f"and points to {places[1]} now; it was left there"
            )
            raise RefusedError(Problem("todo", message, "Look who moved it, then plan again."))
        if wanted is None:
            self.registry.delete_alias(self._name, alias)
        else:
            self.registry.set_alias(self._name, alias, wanted)


def _pause(attempt: int) -> None:
    time.sleep(PAUSE * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 - jitter


def _key(field_: str) -> str:
    """`registered_model.tags.team` -> `team`, `metadata.lr` -> `lr`."""
    return field_.removeprefix("registered_model.tags.").removeprefix("metadata.")


def _managed(managed: tuple[str, ...] | None) -> dict[str, str]:
    return {} if managed is None else {MANAGED_TAG: managed_text(managed)}

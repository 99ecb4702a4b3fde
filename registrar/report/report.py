"""How a command ended, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.state import summarize

if TYPE_CHECKING:
    from registrar.errors import RegistrarError
    from registrar.report.results import Payload
    from registrar.state import Change, ModelPlan, Plan

__all__ = ["Outcome", "Report"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one model's plan: the changes `done`, in the order of their writes, and `left`.

    `plan` has the version numbers that the server gave.
    """

    plan: ModelPlan
    done: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    error: RegistrarError | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How a command ended: everything that is printed, as a value.

    `to_dict()` is its JSON document, `str()` its text. `payload` is the result of a command that
    plans nothing.
    """

    command: str
    exit_code: int = 0
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] | None = None
    error: RegistrarError | None = None
    notes: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()
    payload: Payload | None = None

    @property
    def models(self) -> tuple[ModelPlan, ...]:
        """Return the plans; applied ones have the version numbers that the server gave."""
        if self.outcomes is not None:
            return tuple(outcome.plan for outcome in self.outcomes)
        return self.plan.models if self.plan else ()

    @property
    def summary(self) -> dict[str, int]:
        """Return the number of changes of each action: those that were written, else planned."""
        if self.outcomes is None:
            return self.plan.summary if self.plan else summarize((), 0)
        done = tuple(change for outcome in self.outcomes for change in outcome.done)
        return summarize(done, sum(not outcome.plan.changes for outcome in self.outcomes))

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return all changes in order, with the version numbers that the server gave."""
        return tuple(change for model in self.models for change in model.changes)

    @property
    def in_sync(self) -> bool:
        """Return whether the registry was as declared before the command."""
        return self.plan is None or self.plan.in_sync

    @property
    def checksum(self) -> str | None:
        """Return the checksum of the plan. `apply` with it goes ahead only for an equal plan."""
        return self.plan.checksum if self.plan else None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document: see `docs/json.md`."""
        from registrar.report.document import to_document

        return to_document(self)

    def __str__(self) -> str:
        from registrar.report.render import render

        return render(self, "text")

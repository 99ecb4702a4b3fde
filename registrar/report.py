"""How a command ended, as values: what became of each model, and everything that is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.state import summarize

if TYPE_CHECKING:
    from registrar.errors import RegistrarError
    from registrar.state import Change, ModelPlan, Plan

__all__ = ["Outcome", "Report"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one model's plan: `done` in the order it was written, and what is `left`.

    `plan` has the version numbers that the server gave.
    """

    plan: ModelPlan
    done: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    error: RegistrarError | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How a command ended: everything that is printed, as a value."""

    command: str
    exit_code: int = 0
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] | None = None
    error: RegistrarError | None = None
    notes: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[ModelPlan, ...]:
        """The plans, with the version numbers given where they were applied."""
        if self.outcomes is not None:
            return tuple(outcome.plan for outcome in self.outcomes)
        return self.plan.models if self.plan else ()

    @property
    def summary(self) -> dict[str, int]:
        """What was done where something was applied, else what would be."""
        if self.outcomes is None:
            return self.plan.summary if self.plan else summarize((), 0)
        done = tuple(change for outcome in self.outcomes for change in outcome.done)
        return summarize(done, sum(not outcome.plan.changes for outcome in self.outcomes))

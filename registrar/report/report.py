"""How a command ended, as values: what became of each model, and everything that is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.errors import RegistrarError
    from registrar.report.results import Result
    from registrar.state import Change, ModelPlan, Plan

__all__ = ["Outcome", "Report"]

FORMAT = 1


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
    """How a command ended: everything that is printed, as a value.

    `payload` is that of the commands that plan nothing.
    """

    command: str
    exit_code: int = 0
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] | None = None
    error: RegistrarError | None = None
    notes: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()
    payload: Result | None = None

    @property
    def models(self) -> tuple[ModelPlan, ...]:
        """The plans, with the version numbers given where they were applied."""
        if self.outcomes is not None:
            return tuple(outcome.plan for outcome in self.outcomes)
        return self.plan.models if self.plan else ()

    @property
    def summary(self) -> dict[str, int]:
        """What was done where something was applied, else what would be."""
        from registrar.state import summarize

        if self.outcomes is None:
            return self.plan.summary if self.plan else summarize((), 0)
        done = tuple(change for outcome in self.outcomes for change in outcome.done)
        return summarize(done, sum(not outcome.plan.changes for outcome in self.outcomes))

    def to_dict(self, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON document, format 1; `body` is the JSON form of `payload`."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "command": self.command,
            "exit_code": self.exit_code,
        }
        if self.plan is not None:
            document["server"] = self.plan.server.to_dict()
            document["models"] = [model.to_dict() for model in self.models]
            document["summary"] = self.summary
            document["checksum"] = self.plan.checksum
        elif body is not None:
            document |= body
        elif self.configs and self.error is None:
            document["models"] = [{"config": name} for name in self.configs]
        if self.outcomes is not None:
            for model, outcome in zip(document["models"], self.outcomes, strict=True):
                model["done"] = [change.to_dict() for change in outcome.done]
                model["left"] = [change.to_dict() for change in outcome.left]
                model["notes"] += outcome.notes
                if outcome.error is not None:
                    model["error"] = outcome.error.to_dict()
        if self.notes:
            document["notes"] = list(self.notes)
        if self.error is not None:
            document["error"] = self.error.to_dict()
        return document

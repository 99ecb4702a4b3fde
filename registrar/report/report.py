"""The result of a command as values: the outcome of each model, and everything that is printed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.errors import RegistrarError
    from registrar.report.results import Payload
    from registrar.state import Note

__all__ = ["Outcome", "Report"]

MAX_NAMES = 5  # of models in the short form of a report


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one model's plan.

    `done` and `left` are its changes in the order of the writes. `earlier` are the indexes in `done`
    of those that another run, or an earlier one, had made before. `plan` has the version numbers
    that the server gave.
    """

    plan: ModelPlan
    done: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()
    notes: tuple[Note, ...] = ()
    error: RegistrarError | None = None
    earlier: frozenset[int] = frozenset()

    @property
    def made(self) -> tuple[Change, ...]:
        """The changes that this run made."""
        return tuple(change for i, change in enumerate(self.done) if i not in self.earlier)

    @property
    def is_unfinished(self) -> bool:
        """Whether the model is not as it should be."""
        return bool(self.left) or self.error is not None


@dataclass(frozen=True, slots=True)
class Report:
    """How a command ended. `str()` gives its text, `to_dict()` its JSON document.

    `plan` and `outcomes` belong to the commands that plan and write, `configs` to `validate`, and
    `payload` to the other commands.
    """

    command: str
    exit_code: int = 0
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] | None = None
    error: RegistrarError | None = None
    notes: tuple[Note, ...] = ()
    configs: tuple[str, ...] = ()
    payload: Payload | None = None

    @property
    def models(self) -> tuple[ModelPlan, ...]:
        """The plans, with the version numbers that the server gave."""
        if self.outcomes is not None:
            return tuple(outcome.plan for outcome in self.outcomes)
        return self.plan.models if self.plan else ()

    @property
    def unfinished(self) -> tuple[Outcome, ...]:
        """The outcomes of the models that are not as they should be."""
        return tuple(outcome for outcome in self.outcomes or () if outcome.is_unfinished)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes in order, done or not, with the version numbers that the server gave."""
        return tuple(change for model in self.models for change in model.changes)

    @property
    def in_sync(self) -> bool:
        """Whether the registry was as declared before the command."""
        return self.plan is None or self.plan.in_sync

    @property
    def checksum(self) -> str | None:
        """The checksum of the plan. `apply checksum=...` refuses any other plan."""
        return self.plan.checksum if self.plan else None

    @property
    def summary(self) -> dict[str, int]:
        """How many changes were made; after a plan, how many would be made."""
        from registrar.changes.plan import summarize  # slow to import; --help does not need it

        if self.outcomes is None:
            return self.plan.summary if self.plan else summarize((), 0)
        made = [outcome.made for outcome in self.outcomes]
        unchanged = sum(not outcome.made and not outcome.is_unfinished for outcome in self.outcomes)
        return summarize(itertools.chain.from_iterable(made), unchanged)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document of the report."""
        from registrar.report.document import to_document

        return to_document(self)

    def __repr__(self) -> str:
        chosen = self.configs if self.payload is None else self.payload.names
        names = [model.name for model in self.models] or list(chosen)
        models: list[str] | int = names if len(names) <= MAX_NAMES else len(names)
        counts = {action: count for action, count in self.summary.items() if count}
        known = {"exit_code": self.exit_code, "models": models, "summary": counts}
        fields = [f"{key}={value!r}" for key, value in known.items() if value or key == "exit_code"]
        return f"Result({', '.join((repr(self.command), *fields))})"

    def _repr_markdown_(self) -> str:
        """Return the report as a notebook shows it."""
        from registrar.report.markdown import as_markdown

        return as_markdown(self)

    def __str__(self) -> str:
        from registrar.report.text import as_text

        return as_text(self)

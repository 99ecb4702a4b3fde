"""How a command ended, as values: what became of each model, and everything that is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.manifest import Difference
from registrar.state import summarize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.errors import RegistrarError
    from registrar.state import Change, Measures, Model, ModelPlan, Plan, Server

__all__ = [
    "Deletion",
    "Dump",
    "Dumped",
    "Listing",
    "Outcome",
    "Report",
    "Result",
    "Verification",
    "Verified",
]

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
class Listing:
    """What `show` found. `found` counts what the filters let through, before the limit.

    With `detailed` it is about the versions of each model, else about the models. `measures` are
    those of the versions' runs, by run id.
    """

    server: Server
    models: tuple[Model, ...]
    found: int
    detailed: bool
    compare: bool = False
    measures: Mapping[str, Measures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dumped:
    """One model in a file. `file` is as a person would write it; `notes` say what is left out."""

    model: Model
    file: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dump:
    """The files that `dump` wrote."""

    server: Server
    folder: str
    models: tuple[Dumped, ...]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What `delete` was asked to remove; `was_there` is False where there was nothing to do."""

    server: Server
    name: str
    version: int | None
    was_there: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """What reading one version back has shown.

    `same`: the bytes, or the identity of a reference, are as registered. `different`: they are not.
    `unchecked`: nothing was registered that they could be compared with. `detail` says it in words.
    """

    name: str
    version: int
    digest: str | None
    status: Literal["same", "different", "unchecked"]
    detail: str
    difference: Difference = field(default_factory=Difference)


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found, version by version."""

    server: Server
    versions: tuple[Verified, ...]


Result: TypeAlias = "Listing | Dump | Deletion | Verification"


@dataclass(frozen=True, slots=True)
class Report:
    """How a command ended: everything that is printed, as a value.

    `result` is that of the commands that plan nothing.
    """

    command: str
    exit_code: int = 0
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] | None = None
    error: RegistrarError | None = None
    notes: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()
    result: Result | None = None

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

    def to_dict(self, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON document, format 1; `body` is the JSON form of `result`."""
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

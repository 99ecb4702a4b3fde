"""Every failure a user can meet, as one tree; each class knows its exit code and its JSON form."""

from __future__ import annotations

from dataclasses import KW_ONLY, asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.report.report import Report

__all__ = [
    "AccessDeniedError",
    "AlreadyExistsError",
    "BugError",
    "ConfigError",
    "IncompleteError",
    "InterruptedRunError",
    "InvalidRequestError",
    "NotFoundError",
    "OutcomeUnknownError",
    "Problem",
    "RefusedError",
    "RegistrarError",
    "ReplyTimeoutError",
    "ServerError",
    "UnreachableError",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and what to do about it.

    `code` names the kind of problem; it is kebab-case, stable, and listed in `docs/json.md`.
    `suggestion` is a known word that a misspelt one was probably meant to be.
    `line` and `column` count from 1. `file` is None for a value that no file holds: then
    `override` is the command-line override that set it, if one did.
    """

    code: str
    message: str
    hint: str | None = None
    _: KW_ONLY
    suggestion: str | None = None
    path: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    override: str | None = None

    def at(
        self,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        override: str | None = None,
    ) -> Problem:
        """The same problem, with the place it comes from."""
        return replace(self, file=file, line=line, column=column, override=override)

    @property
    def order(self) -> tuple[str, int, int, str, str, str]:
        """Problems are reported file by file, from top to bottom."""
        place = (self.file or "", self.line or 0, self.column or 0, self.path or "")
        return (*place, self.message, self.override or "")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, one entry of `error.problems`."""
        return asdict(self)

    def __str__(self) -> str:
        where = ""
        if self.override is not None:
            where = f"override '{self.override}': "
        elif self.file is not None:
            place = [self.file, self.line, self.column]
            where = ":".join(str(part) for part in place if part is not None) + ": "
        path = f"{self.path}: " if self.path else ""
        message = self.message if self.message.endswith((".", "?")) else f"{self.message}."
        hint = f" {self.hint}" if self.hint else ""
        return f"{where}{path}{message}{hint}"


class RegistrarError(Exception):
    """Something a user can cause or meet. `exit_code` is what the command line ends with.

    `report` is how the call ended that raised it, with what was done and what is left; None where
    it is part of a report itself.
    """

    exit_code: ClassVar[int] = 1
    report: Report | None = None

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            sorted(
                {p if isinstance(p, Problem) else Problem("todo", p) for p in problems},
                key=lambda problem: problem.order,
            )
        )
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def kind(self) -> str:
        """The class name: the `error.kind` of a JSON document."""
        return type(self).__name__

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the `error` of a document."""
        return {"kind": self.kind, "problems": [problem.to_dict() for problem in self.problems]}

    @classmethod
    def raise_for(cls, problems: Iterable[Problem]) -> None:
        """Raise one error with all `problems`, if there are any."""
        found = tuple(problems)
        if found:
            raise cls(*found)


class BugError(RegistrarError):
    """Nobody but registrar is to blame; the command line has printed the traceback."""


class ConfigError(RegistrarError):
    """The usage or the configuration is wrong; nothing was written."""

    exit_code = 2


class ServerError(RegistrarError):
    """The server cannot be reached, or did not answer as an MLflow server does."""

    exit_code = 4


class UnreachableError(ServerError):
    """The request did not reach the server: nothing can have happened there."""


class AccessDeniedError(ServerError):
    """The server refuses the credentials, or they lack a right."""


class OutcomeUnknownError(ServerError):
    """The request may have been carried out: its answer was lost, late, or a server failure."""


class ReplyTimeoutError(OutcomeUnknownError):
    """No answer came in time: the request may still be under way, and be carried out later."""


class IncompleteError(RegistrarError):
    """`apply` stopped midway; the outcome lists what was done and what is left."""

    exit_code = 5


class RefusedError(RegistrarError):
    """A guard, a policy, a checksum or a digest does not hold."""

    exit_code = 6


class InvalidRequestError(RefusedError):
    """The server understood the request and does not accept it."""


class NotFoundError(InvalidRequestError):
    """What the request names is not on the server."""


class AlreadyExistsError(InvalidRequestError):
    """What the request would create is there already."""


class InterruptedRunError(RegistrarError):
    """Ctrl-C or SIGTERM; the outcome lists what was done and what is left."""

    exit_code = 130

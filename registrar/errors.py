"""Every failure a user can cause or meet, as one tree; each class knows its exit code."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from registrar.secrets import scrub

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "AccessDeniedError",
    "AlreadyExistsError",
    "BugError",
    "ConfigError",
    "IncompleteError",
    "InterruptedRunError",
    "InvalidParameterError",
    "InvalidRequestError",
    "NotFoundError",
    "OutcomeUnknownError",
    "Place",
    "Problem",
    "RefusedError",
    "RegistrarError",
    "ReplyTimeoutError",
    "ServerError",
    "UnreachableError",
]

DISTRIBUTION = "mlflow-registrar"
ISSUES_LABELS = {"bug tracker", "issues"}  # of the addresses in the metadata of a package
MAX_OVERRIDE = 200  # characters that are printed; a description may be an override, too


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written: in a file, or in an override on the command line.

    `line` and `column` count from 1. `override` is the text of the override, without secrets.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    override: str | None = None

    @property
    def order(self) -> tuple[str, int, int]:
        """The sort key: file by file, from top to bottom."""
        return (self.file or "", self.line or 0, self.column or 0)

    def __str__(self) -> str:
        if self.override is not None:
            is_long = len(self.override) > MAX_OVERRIDE
            return f"override '{self.override[:MAX_OVERRIDE]}{'...' if is_long else ''}'"
        parts = (self.file, self.line, self.column)
        return ":".join(str(part) for part in parts if part is not None)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and what to do about it.

    `code` names the kind of problem; it is kebab-case, stable, and listed in `docs/json.md`.
    `message` says what is wrong, `hint` what to do. `suggestion` is the known word that a misspelt
    one probably means; it is printed as a question. `path` is the field, such as `model.name`.
    """

    code: str
    message: str
    hint: str | None = None
    _: KW_ONLY
    suggestion: str | None = None
    path: str | None = None
    place: Place = Place()

    def at(
        self,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        override: str | None = None,
    ) -> Problem:
        """Return the same problem at another place."""
        return replace(self, place=Place(file, line, column, override))

    @property
    def order(self) -> tuple[Any, ...]:
        """The sort key: problems are reported file by file, from top to bottom."""
        return (*self.place.order, self.path or "", self.message, self.place.override or "")

    def __str__(self) -> str:
        message = self.message if self.message.endswith((".", "?")) else f"{self.message}."
        suggestion = f"Did you mean '{self.suggestion}'?" if self.suggestion else None
        where = "".join(f"{part}: " for part in (str(self.place), self.path) if part)
        return where + " ".join(part for part in (message, suggestion, self.hint) if part)


class RegistrarError(Exception):
    """A failure that a user can cause or meet. The command line ends with `exit_code`.

    `report` is the `registrar.Result` of the call that raised the error: what was done and what is
    left. It is None where the error is itself part of a report. Its type is not named here, because
    reports are built from errors.

    `is_final` is True where the same command would fail in the same way until somebody mends
    something.

    Text in place of a `Problem` becomes one of the class's own `code`.
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"
    is_final = True
    report: Any = None

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            sorted(
                {p if isinstance(p, Problem) else Problem(self.code, p) for p in problems},
                key=lambda problem: problem.order,
            )
        )
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def kind(self) -> str:
        """The class name: the `error.kind` of a JSON document."""
        return type(self).__name__

    def give_hints(self, hints: Mapping[str, str]) -> None:
        """Replace the hints of the problems whose code is among `hints`."""
        self.problems = tuple(replace(p, hint=hints.get(p.code, p.hint)) for p in self.problems)
        self.args = ("\n".join(map(str, self.problems)),)

    @classmethod
    def raise_for(cls, problems: Iterable[Problem]) -> None:
        """Raise one error with all `problems`; do nothing when there are none."""
        listed = tuple(problems)
        if listed:
            raise cls(*listed)


class BugError(RegistrarError):
    """A fault in registrar itself. The command line prints `traceback`, a text without secrets."""

    code = "bug"
    traceback = ""

    @classmethod
    def from_exception(cls, error: Exception) -> BugError:
        """Return the error that asks the user to report a bug. Its cause is `error`."""
        import traceback  # late, like the metadata: only a bug needs them

        text = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
        hint = f"Report it, with the traceback, at {_issues_page()}."
        bug = cls(Problem(cls.code, f"this is a bug in registrar: {scrub(text)}", hint))
        bug.traceback = scrub("".join(traceback.format_exception(error)))
        bug.__cause__ = error
        return bug


class ConfigError(RegistrarError):
    """The command line or the configuration is wrong; nothing was written."""

    exit_code = 2
    code = "invalid-configuration"


class ServerError(RegistrarError):
    """The server cannot be reached, or does not answer as an MLflow server does.

    `retry_after` is how many seconds the server asks to wait before the next attempt, and `is_busy`
    says that it has too many requests.
    """

    exit_code = 4
    code = "server-error"
    is_final = False
    is_busy = False
    retry_after: float | None = None


class UnreachableError(ServerError):
    """The request did not reach the server, so it changed nothing there."""

    code = "server-unreachable"


class AccessDeniedError(ServerError):
    """The server refuses the credentials, or they lack a permission."""

    code = "access-denied"
    is_final = True


class OutcomeUnknownError(ServerError):
    """The server may have carried out the request: its reply was lost, late, or a failure."""

    code = "outcome-unknown"


class ReplyTimeoutError(OutcomeUnknownError):
    """No reply came in time; the server may still be at work on the request, and finish it later."""

    code = "reply-timeout"


class IncompleteError(RegistrarError):
    """`apply` stopped midway; the outcome lists what was done and what is left."""

    exit_code = 5
    code = "incomplete"


class RefusedError(RegistrarError):
    """A guard, a policy rule, a checksum or a digest does not hold, so nothing more is done."""

    exit_code = 6
    code = "refused"


class InvalidRequestError(RefusedError):
    """The server understands the request and does not accept it."""

    code = "request-refused"


class InvalidParameterError(InvalidRequestError):
    """The server does not know, or accept, a filter, a name or another value in the request.

    A request without it may pass. A quota or a redirect is none of this.
    """

    code = "invalid-parameter"


class NotFoundError(InvalidRequestError):
    """The server does not have what the request names; somebody may have just deleted it."""

    exit_code = 2
    code = "not-found"
    is_final = False


class AlreadyExistsError(InvalidRequestError):
    """The server already has what the request would create."""

    code = "already-exists"


class InterruptedRunError(RegistrarError):
    """Ctrl-C or SIGTERM stopped the command; the outcome lists what was done and what is left."""

    exit_code = 130
    code = "interrupted"


def _issues_page() -> str:
    """Return the address at which to report a bug, from the metadata of the installed package."""
    import importlib.metadata

    try:
        urls = importlib.metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:  # run from a checkout
        urls = []
    for entry in urls:
        label, _, url = str(entry).partition(",")
        if label.strip().lower() in ISSUES_LABELS:
            return url.strip()
    return "the project's issue page"

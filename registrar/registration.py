"""What the functions of the Python API give back: frozen values, compared and printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.errors import InterruptedRunError
from registrar.report import Report
from registrar.report.wording import digest
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import ObservedVersion

__all__ = ["Registration", "Result", "raise_error", "registration_from"]

Result: TypeAlias = Report
Action: TypeAlias = Literal["created", "adopted", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered version, as it is on the server, and what was done for it.

    `source` is what the registry holds: where the files are. `metadata` are all tags but
    registrar's own. `server` is the address of the registry. `notes` are what else is to be known.
    """

    name: str
    version: int
    digest: str | None
    source: str
    run_id: str | None
    description: str
    metadata: Mapping[str, str]
    aliases: tuple[str, ...]
    action: Action
    server: str
    notes: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        """`models:/NAME/VERSION`, for any function of MLflow."""
        return f"models:/{self.name}/{self.version}"

    def to_dict(self) -> dict[str, Any]:
        """All fields, and the URI, as JSON has them."""
        lists = {"aliases": list(self.aliases), "notes": list(self.notes)}
        return {**asdict(self), **lists, "uri": self.uri}

    def __str__(self) -> str:
        aliases = f" @{' @'.join(self.aliases)}" if self.aliases else ""
        about = f"{self.name} version {self.version}{aliases} {self.action}"
        return f"{about} on {self.server}: {self.source} ({digest(self.digest)})"


def registration_from(
    name: str,
    version: ObservedVersion,
    aliases: Mapping[str, int],
    server: str,
    report: Report | None = None,
) -> Registration:
    """The value for a version that was read from the server, after what `report` tells of."""
    pointing = sorted(alias for alias, number in aliases.items() if number == version.number)
    return Registration(
        name=name,
        version=version.number,
        digest=version.digest,
        source=safe_uri(version.source),
        run_id=version.run_id,
        description=version.description,
        metadata=dict(version.tags),
        aliases=tuple(pointing),
        action=_action(report),
        server=server,
        notes=_notes(report),
    )


def raise_error(report: Report) -> None:
    """Raise the error of a report, if it has one; the error then has the report.

    An interrupt is raised as KeyboardInterrupt, with the error as its cause.
    """
    if report.error is None:
        return
    report.error.report = report
    if isinstance(report.error, InterruptedRunError):
        raise KeyboardInterrupt from report.error
    raise report.error


def _notes(report: Report | None) -> tuple[str, ...]:
    if report is None:
        return ()
    of_models = [note for model in report.models for note in model.notes]
    of_outcomes = [note for outcome in report.outcomes or () for note in outcome.notes]
    return (*report.notes, *of_models, *of_outcomes)


def _action(report: Report | None) -> Action:
    models = report.models if report else ()
    for model in models:
        match model.action_of(0):
            case "create":
                return "created"
            case "adopt":
                return "adopted"
            case _ if model.changes:
                return "updated"
            case _:
                pass
    return "unchanged"

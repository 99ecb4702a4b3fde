"""What the functions of the Python API return: frozen values, compared and printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.errors import InterruptedRunError
from registrar.report import Report, note_text
from registrar.uris import VersionUri, safe_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.plan import VersionAction
    from registrar.state import ObservedVersion

__all__ = ["Registration", "Result", "raise_error", "registration_from"]

Action: TypeAlias = Literal["created", "adopted", "updated", "unchanged"]
Result = Report  # the name in the Python API

ACTIONS: dict[VersionAction, Action] = {
    "create": "created",
    "adopt": "adopted",
    "update": "updated",
    "none": "unchanged",
}


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered version as the server has it, and what was done for it.

    `source` is what the registry holds: where the files are. `metadata` holds all tags but
    registrar's own. `server` is the address of the registry. `notes` say what else a user should
    know.
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
        return VersionUri.of(self.name, self.version).text

    def to_dict(self) -> dict[str, Any]:
        """Return all fields and the URI, as JSON values."""
        lists = {"aliases": list(self.aliases), "notes": list(self.notes)}
        return {**asdict(self), **lists, "uri": self.uri}

    def _repr_markdown_(self) -> str:
        """Return the version as a notebook shows it."""
        from registrar.report.literal import literal

        return "\n\n".join(map(literal, (str(self), *self.notes)))

    def __str__(self) -> str:
        from registrar.report.wording import version_line

        return version_line(
            self.name,
            self.version,
            self.aliases,
            self.action,
            server=self.server,
            source=self.source,
            digest=self.digest,
        )


def registration_from(
    name: str,
    version: ObservedVersion,
    aliases: Mapping[str, int],
    server: str,
    report: Report | None = None,
) -> Registration:
    """Return a version that was read from the server, with what `report` says was done for it."""
    return Registration(
        name=name,
        version=version.number,
        digest=version.digest,
        source=safe_uri(version.source),
        run_id=version.run_id,
        description=version.description,
        metadata=dict(version.tags),
        aliases=tuple(sorted(a for a, number in aliases.items() if number == version.number)),
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
    notes = [*report.notes, *(note for model in report.models for note in model.notes)]
    notes += [note for outcome in report.outcomes or () for note in outcome.notes]
    return tuple(map(note_text, notes))


def _action(report: Report | None) -> Action:
    """Return what was done for the first declared version, or for its model."""
    if report is None or not report.models:
        return "unchanged"
    model = report.models[0]
    action = ACTIONS[model.action_of(0)]
    return "updated" if action == "unchanged" and model.changes else action

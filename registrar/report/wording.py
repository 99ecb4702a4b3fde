"""Words and marks that text and Markdown share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registrar.text import printable

if TYPE_CHECKING:
    from registrar.report.report import Outcome, Report
    from registrar.state import Action, Change

__all__ = [
    "MARKS",
    "digest",
    "failed",
    "field",
    "nothing_to_do",
    "shown",
    "subject",
    "tally",
    "values",
]

WIDTH = 100  # characters of a value
MARKS: dict[Action, str] = {
    "create": "+",
    "update": "~",
    "move": "~",
    "remove": "-",
    "adopt": "=",
    "none": " ",
}
DONE = {
    "create": "created",
    "update": "updated",
    "move": "moved",
    "remove": "removed",
    "adopt": "adopted",
}


def digest(value: str | None) -> str:
    """A digest short enough to read and long enough to compare."""
    if not value:
        return "no digest"
    algorithm, _, number = value.partition(":")
    return f"{algorithm}:{number[:12]}..."


def shown(value: object) -> str:
    """A value on one line, not too long; quoted when it is empty or its ends could not be seen."""
    text = _line(value)
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def subject(change: Change) -> str:
    """What a change is about: the model, a version, or an alias."""
    if change.kind == "alias":
        return f"alias {change.field}"
    if change.kind == "model" or (change.field or "").startswith("registered_model."):
        return "registered model"
    return f"version {change.version}" if change.version else "version (new)"


def values(change: Change) -> str:
    """Old -> new, or the one of them that there is."""
    if change.kind == "alias":
        before, after = change.before, change.after or "(new)"
        match change.action:
            case "create":
                return f"-> {after}"
            case "remove":
                return f"(was {before})"
            case _:
                return f"{before} -> {after}"
    match change.action:
        case "create":
            return shown(change.after)
        case "remove":
            return f"(was {shown(change.before)})"
        case _:
            return _difference(_line(change.before), _line(change.after))


def field(change: Change) -> str:
    """The field below its model or version, as `metadata.lr` or `tags.team`."""
    return (change.field or "").removeprefix("registered_model.")


def failed(report: Report) -> tuple[Outcome, ...]:
    """What became of the models that are not as they should be."""
    return tuple(outcome for outcome in report.outcomes or () if outcome.left or outcome.error)


def tally(summary: dict[str, int]) -> str:
    """`3 created, 1 moved`; "nothing" when there is none."""
    parts = [f"{summary[name]} {word}" for name, word in DONE.items() if summary[name]]
    return ", ".join(parts) or "nothing"


def nothing_to_do(report: Report) -> str:
    """The one line of a command that found everything in place."""
    if len(report.models) != 1:
        return f"{len(report.models)} models match their configuration."
    (model,) = report.models
    where = model.origin or f"configuration '{model.config}'"
    if len(model.desired.versions) != 1:
        return f"{model.desired.name} matches {where}."
    (version,) = model.desired.versions
    number = model.matches[0]
    return f"{model.desired.name} version {number} matches {where} ({digest(version.digest)})."


def _line(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not text or not text.isprintable() or text != text.strip():
        text = printable(json.dumps(text, ensure_ascii=False))
    return text


def _difference(before: str, after: str) -> str:
    """`before -> after`; where long values begin alike, from a little before they differ."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((i for i, (one, other) in pairs if one != other), min(len(before), len(after)))
    if max(len(before), len(after)) > WIDTH and same > WIDTH // 2:
        start = same - WIDTH // 4
        before, after = f"...{before[start:]}", f"...{after[start:]}"
    return f"{shown(before)} -> {shown(after)}"

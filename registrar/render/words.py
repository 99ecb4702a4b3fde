"""Words and marks that text and Markdown share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registrar.state import Action, Change, Report

__all__ = ["MARKS", "digest", "nothing_to_do", "shown", "subject", "tally", "values"]

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


def shown(value: object, width: int = 100) -> str:
    """A value on one line; quoted when it is empty or holds what a terminal would act on."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not text or not text.isprintable() or text != text.strip():
        text = json.dumps(text, ensure_ascii=not text.isprintable())
    return text if len(text) <= width else text[: width - 3] + "..."


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
            return f"{shown(change.before)} -> {shown(change.after)}"


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

"""What a version changes in the signature of the version that it replaces, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.wording import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.signature_comparison import SignatureChange, SignatureComparison

__all__ = ["describe_signature", "describe_signature_change"]

MOST = 5  # changes in one line
MAX_TEXT = 60  # characters of a type, or of a default


def describe_signature(comparison: SignatureComparison) -> str:
    """Return the verdict with the changes, first those that break callers or readers."""
    if comparison.verdict == "unknown":
        return "unknown: one of the versions has no signature that can be read"
    breaking = [change for change in comparison.changes if change.breaks]
    others = [change for change in comparison.changes if not change.breaks]
    lists = [_list(breaking, MOST), _list(others, max(MOST - len(breaking), 0))]
    text = "; also ".join(filter(None, lists))
    return f"{comparison.verdict}: {text}" if text else comparison.verdict


def describe_signature_change(change: SignatureChange) -> str:
    """Return a change as `inputs.age long -> string`."""
    before, after = (display(text or "", MAX_TEXT) for text in (change.before, change.after))
    field = display(change.field)
    match change.kind:
        case "added":
            return f"{field} added: {after}"
        case "removed":
            return f"{field} removed"
        case "default":
            return f"{field} default {before} -> {after}"
        case "type" | "required" | "form":
            return f"{field} {before} -> {after}"


def _list(changes: Sequence[SignatureChange], most: int) -> str:
    texts = [describe_signature_change(change) for change in changes[:most]]
    more = len(changes) - len(texts)
    return "; ".join([*texts, *([f"{more} more"] if more else [])])

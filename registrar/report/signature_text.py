"""What a version changes in the signature of the version that it replaces, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.wording import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.changes.changes import SetAlias
    from registrar.signature_comparison import SignatureChange

__all__ = ["describe_signature"]

MOST = 5  # changes in one line
MAX_TEXT = 150  # characters of a change


def describe_signature(change: SetAlias) -> str:
    """Return the verdict with the changes, first those that break callers or readers; "" for none."""
    comparison = change.signature
    if comparison is None:
        return ""
    if comparison.verdict == "unknown":
        new = "the new version" if change.version is None else f"version {change.version}"
        names = {"before": f"version {change.before}", "after": new}
        return (
            f"unknown: {' and '.join(names[side] for side in comparison.lacks)} without signature"
        )
    breaking = [change for change in comparison.changes if change.breaks]
    others = [change for change in comparison.changes if not change.breaks]
    lists = [_list(breaking, MOST), _list(others, max(MOST - len(breaking), 0))]
    text = "; also ".join(filter(None, lists))
    return f"{comparison.verdict}: {text}" if text else comparison.verdict


def _list(changes: Sequence[SignatureChange], most: int) -> str:
    texts = [display(change.text, MAX_TEXT) for change in changes[:most]]
    more = len(changes) - len(texts)
    return "; ".join([*texts, *([f"{more} more"] if more else [])])

"""Who moved an alias and why, in the words of the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from registrar.uris import is_http, safe_uri

if TYPE_CHECKING:
    from registrar.events import Event

__all__ = ["safe_link", "who_and_why"]

MAX_LINK = 2000  # characters
COMMIT = 12  # digits of a commit


def safe_link(text: str) -> str | None:
    """Return an address that a page may link to, without secrets; None for any other text."""
    if not is_http(text) or len(text) > MAX_LINK or not text.isprintable() or " " in text:
        return None
    try:
        has_host = bool(urlsplit(text).hostname)
    except ValueError:
        return None
    return safe_uri(text) if has_host else None


def who_and_why(event: Event | None) -> tuple[str, str | None, str]:
    """Return who made a move, a link to the run that did, and why; of no event, what that means."""
    if event is None:
        return "not by registrar", None, ""
    by = event.by
    run = by.get("ci_run", "")
    link = safe_link(run)
    system = by.get("ci", "")
    if run:
        name = run.rstrip("/").rsplit("/", 1)[-1] if link else run
        who = f"run {name} ({system})" if system else f"run {name}"
    else:
        who = by.get("user", "") or system
    commit = by.get("git_commit", "")
    if commit:
        who = f"{who}, commit {commit[:COMMIT]}" if who else f"commit {commit[:COMMIT]}"
    reasons = [str(text) for text in event.verdicts.values() if isinstance(text, str)]
    if event.waived:
        reasons.append(f"waived: {', '.join(event.waived)}")
    return who or "registrar", link, "; ".join(reasons)

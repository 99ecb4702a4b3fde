"""Who moved an alias and why, in the words of the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from registrar.report.event_text import describe_author, describe_reasons
from registrar.uris import is_http, safe_uri

if TYPE_CHECKING:
    from registrar.events import Event

__all__ = ["describe_move", "safe_link"]

MAX_LINK = 2000  # characters


def safe_link(text: str) -> str | None:
    """Return an address that a page may link to, without secrets; None for any other text."""
    if not is_http(text) or len(text) > MAX_LINK or not text.isprintable() or " " in text:
        return None
    try:
        has_host = bool(urlsplit(text).hostname)
    except ValueError:
        return None
    return safe_uri(text) if has_host else None


def describe_move(event: Event | None) -> tuple[str, str | None, str]:
    """Return who made a move, a link to the run that did, and why; of no event, what that means."""
    if event is None:
        return "not by registrar", None, ""
    link = safe_link(event.by.get("ci_run", ""))
    return describe_author(event), link, describe_reasons(event)

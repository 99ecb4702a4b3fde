"""Who moved an alias and why, in the words of the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.event_text import describe_author, describe_reasons
from registrar.report.html.links import safe_link

if TYPE_CHECKING:
    from registrar.events import Event

__all__ = ["describe_move"]


def describe_move(event: Event | None) -> tuple[str, str | None, str]:
    """Return who made a move, a link to the run that did, and why; of no event, what that means."""
    if event is None:
        return "not by registrar", None, ""
    link = safe_link(event.by.get("ci_run", ""))
    return describe_author(event), link, describe_reasons(event)

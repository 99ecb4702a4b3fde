"""Confirmation before a write: `server.confirm`, and the name of the server on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar import questions
from registrar.config.servers import registry_uri_of
from registrar.errors import Problem, RefusedError
from registrar.report import Report, render
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.plan import Plan

__all__ = ["name_server", "refuse_unconfirmed"]


def name_server(config: Mapping[str, Any]) -> None:
    """Tell a person at a terminal on which server a command writes, before it does anything."""
    node = config.get(config["command"]) or {}
    if config["command"] in {"apply", "promote", "delete"} and not node.get("dry_run"):
        questions.tell(f"on {safe_uri(registry_uri_of(_find_target(config)))}")


def refuse_unconfirmed(plan: Plan, config: Mapping[str, Any]) -> RefusedError | None:
    """Return why the plan is not executed; None where nothing asks, or a person or `yes` says so.

    Raises nothing, so that the report has the plan.
    """
    is_sure = (config.get("apply") or {}).get("yes", False)
    if is_sure or not plan.changes or not _find_target(config).get("confirm", False):
        return None
    where = plan.server.registry_uri
    shown = render(Report("plan", plan=plan), "text")
    match questions.ask(f"Apply this to {where}?", before=shown):
        case True:
            return None
        case False:
            return RefusedError(Problem("not-confirmed", "not confirmed: nothing was written"))
        case None:
            message = f"{where} wants each change confirmed (server.confirm)"
            return RefusedError(Problem("not-confirmed", message, "Confirm it with yes=true."))


def _find_target(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the server that a command writes to."""
    server: Mapping[str, Any] = config["server"]
    if config["command"] == "promote":
        return config["promote"].get("to") or server
    return server

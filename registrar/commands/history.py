"""`history`: what each alias pointed to, since when, by whom and why."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from registrar.changes.history import find_positions, list_moves
from registrar.commands.selection import NamePattern, named_models, select_models
from registrar.errors import ConfigError, NotFoundError, Problem
from registrar.note import Note
from registrar.registry import connect
from registrar.report import Report
from registrar.report.results import AliasHistory, History
from registrar.text import format_time, list_some, nearest, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.config.job import Job
    from registrar.state import ObservedModel, Server

__all__ = ["run"]


def run(jobs: Sequence[Job]) -> Report:
    """Return the moves of the aliases of the chosen models.

    Raises ConfigError for a time in the future, NotFoundError for a model that does not exist, and for
    an alias that never moved in any of them; ServerError.
    """
    node = jobs[0].config.get("history", {})
    alias, asked = node.get("alias"), node.get("at")
    at = None if asked is None else format_time(parse_time(str(asked)))
    if at is not None and at > _tell_time():
        problem = Problem(
            "invalid-time", f"{asked} is in the future", "Give a time that has passed."
        )
        raise ConfigError(jobs[0].locate(("history", "at"), problem))
    names = named_models(jobs, node)
    with connect(jobs[0].config["server"], writes=False) as backend:
        observed = select_models(backend.registry, names, jobs)
        server, now = backend.registry.server, _tell_time()
    moves_by_model = {model.name: list_moves(model, alias) for model in observed}
    if alias is not None and not any(moves_by_model.values()):
        raise NotFoundError(_explain_no_alias(alias, observed, server))
    models = []
    for name, moves in moves_by_model.items():
        until = tuple(m for m in moves if at is None or (m.at or m.after or "") <= at)
        if moves or not isinstance(names, NamePattern):
            positions = find_positions(moves, at or now, now)
            models.append(AliasHistory(name, until, positions))
    notes = (*backend.notes, *_note_spoilt_events(observed))
    return Report("history", payload=History(server, tuple(models), at), notes=notes)


def _tell_time() -> str:
    return format_time(round(time.time() * 1000))


def _note_spoilt_events(models: Sequence[ObservedModel]) -> Iterator[Note]:
    """Yield a note on each version with a record that nobody can believe."""
    for model in models:
        for version in model.versions:
            if version.spoilt_events:
                keys = list_some(version.spoilt_events)
                yield Note("event-spoilt", f"{model.name} version {version.number}", {"keys": keys})


def _explain_no_alias(alias: str, models: Sequence[ObservedModel], server: Server) -> Problem:
    """Return the problem of an alias that none of the models has or had, with the nearest name."""
    known = sorted({move.alias for model in models for move in list_moves(model)})
    suggestion = nearest(alias, known)
    hint = f"Those with a history: {list_some(known)}." if known else "No alias has a history."
    message = f"no model here has or had the alias '{alias}' on {server.registry_uri}"
    return Problem("alias-not-found", message, None if suggestion else hint, suggestion=suggestion)

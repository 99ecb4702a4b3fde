"""Models on the server that have a declared model's owner, and that no file declares any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.config.spec import owner_of
from registrar.errors import InvalidParameterError, Problem, RefusedError
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job
    from registrar.registry import Registry

__all__ = ["Undeclared", "find_undeclared", "undeclared_notes"]

MAX_NAMES = 5  # in one note


@dataclass(frozen=True, slots=True)
class Undeclared:
    """The names of an owner's models that no file declares, and how many models the owner has."""

    names: tuple[str, ...]
    owned: int


def undeclared_notes(jobs: Sequence[Job], registry: Registry) -> tuple[Note, ...]:
    """Return a note for each owner that has models which no file declares; for `models=all` alone.

    A registry that cannot search for owners gives none.
    """
    config = jobs[0].config
    owners = {owner for job in jobs if (owner := owner_of(job.config)) is not None}
    if config.get("models") != "all" or not owners:
        return ()
    try:
        owned = registry.find_owned(owners)
    except InvalidParameterError:
        return ()
    declared = _declared_names(jobs)
    notes = []
    for owner in sorted(owners):
        names = sorted(name for name in owned if owned[name] == owner and name not in declared)
        if names:
            more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
            values = {"owner": owner, "names": ", ".join(names[:MAX_NAMES]) + more}
            notes.append(Note("undeclared-models", values=values))
    return tuple(notes)


def find_undeclared(jobs: Sequence[Job], owner: str, registry: Registry) -> Undeclared:
    """Return the models that have the owner and that none of the jobs declares.

    Raises RefusedError where no declared model has that owner: then these files do not say which
    models of the owner should exist.
    """
    owned = registry.find_owned({owner})
    declared = _declared_names(jobs)
    if owned and not declared & owned.keys():
        message = f"no file here declares a model that has the owner {owner} on {registry.server.registry_uri}"
        hint = "Run it where the files of this owner are; a single model is deleted by its name."
        raise RefusedError(Problem("foreign-owner", message, hint))
    return Undeclared(tuple(sorted(owned.keys() - declared)), len(owned))


def _declared_names(jobs: Sequence[Job]) -> set[str]:
    return {job.config["model"]["name"] for job in jobs if "model" in job.config}

"""The note of a CI job that names no server: what it does stays in a database of its own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.config.permissions import read_permissions
from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job

__all__ = ["unnamed_server_notes"]


def unnamed_server_notes(jobs: Sequence[Job]) -> tuple[Note, ...]:
    """Return the note on the database that is used in CI because nobody named a server."""
    if not read_permissions().is_strict:
        return ()
    from registrar.config.mapping import DEFAULT_TRACKING_URI  # not needed outside CI

    uri = jobs[0].config["server"]["tracking_uri"]
    if uri != DEFAULT_TRACKING_URI:
        return ()
    return (Note("local-database", uri),) if jobs[0].source.has_default_server else ()

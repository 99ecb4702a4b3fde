"""The note of a command for which `models=changed` finds no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.state import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job

__all__ = ["selection_notes"]


def selection_notes(jobs: Sequence[Job]) -> tuple[Note, ...]:
    """Return the note on a branch that touches no model, where it is asked for."""
    config = jobs[0].config
    if config.get("models") != "changed" or any("model" in job.config for job in jobs):
        return ()
    return (Note("no-changed-models", values={"since": config["since"]}),)

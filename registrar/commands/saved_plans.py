"""Plans that were saved in a file, for `show plan=` and `apply plan=`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.plan_document import plan_from_document, read_notes
from registrar.config.plan_file import read_plan_file
from registrar.errors import ConfigError, Problem
from registrar.report.notes import can_tell

if TYPE_CHECKING:
    from registrar.changes.plan import Plan
    from registrar.note import Note

__all__ = ["load_plan"]


def load_plan(name: str) -> tuple[Plan, tuple[Note, ...]]:
    """Return the plan of a file, and the notes on the run that made it.

    Raises ConfigError for a file that is no plan file, RefusedError for a plan of another release or
    checksum.
    """
    document = read_plan_file(name)
    plan, notes = plan_from_document(document), read_notes(document["notes"])
    if not all(map(can_tell, (*notes, *(note for model in plan.models for note in model.notes)))):
        message = "the plan file has a note that registrar does not write"
        raise ConfigError(Problem("invalid-plan-file", message, "Plan again, with out=plan.json."))
    return plan, notes

"""A plan as the JSON document of a plan file, and back.

The document holds what identifies the changes, what a reader is told beside them, and nothing that
could be a secret. What it says is data from a stranger: it becomes changes, and its checksum has to
be that of these changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.changes.allowances import Allowances
from registrar.changes.identity import change_from, identity_of
from registrar.changes.plan import ModelPlan, Plan
from registrar.changes.plan_explanations import explanations_of, with_explanations
from registrar.errors import Problem, RefusedError
from registrar.note import Note
from registrar.secrets import mask_values
from registrar.state import DesiredModel, Server
from registrar.verdicts import Verdict
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["plan_from_document", "plan_to_document", "read_notes"]

FORMAT = 1
PLAN_AGAIN = "Plan again, with out=plan.json."


def plan_to_document(plan: Plan, notes: Iterable[Note] = ()) -> dict[str, Any]:
    """Return the document of a plan, with the notes on the run that made it.

    Of models without changes it has their notes and their number.
    """
    unchanged = [model for model in plan.models if not model.changes]
    return {
        "format": FORMAT,
        "registrar": __version__,
        "server": {"registry_uri": plan.server.registry_uri, "version": plan.server.version},
        "allowances": plan.allowances.to_dict(),
        "checksum": plan.checksum,
        "models": [
            {
                "config": model.config,
                "name": model.name,
                "changes": [identity_of(change) for change in model.changes],
                "verdicts": [verdict.to_dict() for verdict in model.verdicts],
                "explanations": explanations_of(model),
                "notes": _describe_notes(model.notes),
            }
            for model in plan.models
            if model.changes
        ],
        "unchanged": {
            "count": len(unchanged),
            "noted": [
                {
                    "config": model.config,
                    "name": model.name,
                    "notes": _describe_notes(model.notes),
                }
                for model in unchanged
                if model.notes
            ],
        },
        "notes": _describe_notes(notes),
    }


def plan_from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a document that fits its schema, with all that it says to a reader.

    Raises RefusedError for a document of another release of registrar, and for one whose checksum
    is not that of its changes.
    """
    _check_release(str(document["registrar"]))
    uri, version = document["server"]["registry_uri"], document["server"]["version"]
    changed = tuple(map(_read_model, document["models"]))
    noted = tuple(
        ModelPlan(
            config=model["config"],
            desired=DesiredModel(model["name"]),
            observed=None,
            matches=(),
            notes=read_notes(model["notes"]),
        )
        for model in document["unchanged"]["noted"]
    )
    unchanged = max(document["unchanged"]["count"] - len(noted), 0)
    allowances = Allowances.parse(document["allowances"])
    plan = Plan(Server(uri, uri, version), (*changed, *noted), allowances, unchanged)
    if len({model.name for model in changed}) < len(changed):
        message = "the plan file has one registered model twice"
        raise RefusedError(Problem("invalid-plan-file", message, PLAN_AGAIN))
    if plan.checksum != document["checksum"]:
        message = (
            f"the plan file says that its checksum is {document['checksum']}, but its content has "
            f"{plan.checksum}: somebody has changed the file"
        )
        raise RefusedError(Problem("checksum-differs", message, PLAN_AGAIN))
    return plan


def read_notes(notes: Iterable[Mapping[str, Any]]) -> tuple[Note, ...]:
    """Return the notes of a document that fits its schema."""
    return tuple(Note(**note) for note in notes)


def _read_model(model: Mapping[str, Any]) -> ModelPlan:
    plan = ModelPlan(
        config=model["config"],
        desired=DesiredModel(model["name"]),
        observed=None,
        matches=(),
        changes=tuple(map(change_from, model["changes"])),
        verdicts=tuple(map(Verdict.from_dict, model["verdicts"])),
        notes=read_notes(model["notes"]),
    )
    return with_explanations(plan, model["explanations"])


def _describe_notes(notes: Iterable[Note]) -> list[dict[str, Any]]:
    """Return the notes as JSON values; they are printed without secrets, and so they are kept."""
    return [
        {
            "kind": note.kind,
            "subject": mask_values(note.subject),
            "values": {
                key: mask_values(value) if isinstance(value, str) else value
                for key, value in note.values.items()
            },
        }
        for note in notes
    ]


def _check_release(made_by: str) -> None:
    """Raise RefusedError for a file of another release; patches of one release read each other's."""
    if made_by.split(".")[:2] != __version__.split(".")[:2]:
        message = f"the plan file was made by registrar {made_by}, and this is {__version__}"
        hint = "Use the same release for both, or plan again with out=plan.json."
        raise RefusedError(Problem("other-release", message, hint))

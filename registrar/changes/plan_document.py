"""A plan as the JSON document of a plan file, and back.

The document holds what identifies the changes, and nothing that could be a secret. What it says is
data from a stranger: it becomes changes, and its checksum has to be that of these changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.changes.allowances import Allowances
from registrar.changes.identity import change_from, identity_of
from registrar.changes.plan import ModelPlan, Plan
from registrar.errors import Problem, RefusedError
from registrar.state import DesiredModel, Server
from registrar.verdicts import Verdict
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["plan_from_document", "plan_to_document"]

FORMAT = 1
PLAN_AGAIN = "Plan again, with out=plan.json."


def plan_to_document(plan: Plan) -> dict[str, Any]:
    """Return the document of a plan; models without changes are left out."""
    return {
        "format": FORMAT,
        "registrar": __version__,
        "server": {"registry_uri": plan.server.registry_uri},
        "allowances": plan.allowances.to_dict(),
        "checksum": plan.checksum,
        "models": [
            {
                "config": model.config,
                "name": model.name,
                "changes": [identity_of(change) for change in model.changes],
                "verdicts": [verdict.to_dict() for verdict in model.verdicts],
            }
            for model in plan.models
            if model.changes
        ],
    }


def plan_from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a document that fits its schema.

    Raises RefusedError for a document of another release of registrar, and for one whose checksum
    is not that of its changes.
    """
    _check_release(str(document["registrar"]))
    uri = document["server"]["registry_uri"]
    models = tuple(
        ModelPlan(
            config=model["config"],
            desired=DesiredModel(model["name"]),
            observed=None,
            matches=(),
            changes=tuple(map(change_from, model["changes"])),
            verdicts=tuple(map(Verdict.from_dict, model["verdicts"])),
        )
        for model in document["models"]
    )
    plan = Plan(Server(uri, uri), models, Allowances.parse(document["allowances"]))
    if len({model.name for model in models}) < len(models):
        message = "the plan file has one registered model twice"
        raise RefusedError(Problem("invalid-plan-file", message, PLAN_AGAIN))
    if plan.checksum != document["checksum"]:
        message = (
            f"the plan file says that its checksum is {document['checksum']}, but its content has "
            f"{plan.checksum}: somebody has changed the file"
        )
        raise RefusedError(Problem("checksum-differs", message, PLAN_AGAIN))
    return plan


def _check_release(made_by: str) -> None:
    """Raise RefusedError for a file of another release; patches of one release read each other's."""
    if made_by.split(".")[:2] != __version__.split(".")[:2]:
        message = f"the plan file was made by registrar {made_by}, and this is {__version__}"
        hint = "Use the same release for both, or plan again with out=plan.json."
        raise RefusedError(Problem("other-release", message, hint))

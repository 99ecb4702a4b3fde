"""`apply plan=FILE`: perform an approved plan, and nothing else.

The plan file says what was approved. The configuration says what its models need now. A model is
changed when both agree: each approved change is done or still needed, and nothing else is needed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.changes.change_status import check_changes
from registrar.changes.changes import (
    CreateVersion,
    DeleteVersion,
    SetAlias,
    add_version_number,
)
from registrar.changes.identity import identity_of
from registrar.changes.plan import Plan
from registrar.commands.saved_plans import load_plan
from registrar.config.servers import registry_uri_of, server_identity
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.execution.recheck import explain_stale
from registrar.report import Outcome
from registrar.report.reading_order import list_shown
from registrar.report.wording import change_values, describe_field
from registrar.state import Note
from registrar.text import canonical_json
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan
    from registrar.errors import RegistrarError

__all__ = ["Approval", "approve", "read_approved_plan"]

PLAN_AGAIN = "Plan again, and have the new plan approved."
OVERRIDES = "Give the overrides that the plan was made with, or plan again for a new approval."


def read_approved_plan(config: Mapping[str, Any]) -> Plan:
    """Return the plan of the file that the configuration names, for the server that it names.

    Raises ConfigError for a file that is no plan file, and for fields that a plan file decides;
    RefusedError for a plan of another server, release or checksum.
    """
    if any(config.get("apply", {}).values()):
        message = "with plan= the fields allow_* cannot be set: the plan file has its own"
        hint = "Leave them out, or plan again with them."
        raise ConfigError(Problem("contradiction", message, hint))
    plan, _ = load_plan(config["plan"])
    # What was noted when the plan was made may be noted again now.
    models = tuple(replace(model, notes=()) for model in plan.models if model.changes)
    plan = replace(plan, models=models, unchanged=0)
    server = config["server"]
    uri = safe_uri(registry_uri_of(server))
    if server_identity(uri) != server_identity(plan.server.registry_uri):
        message = f"the plan is for {plan.server.registry_uri}, and the server here is {uri}"
        raise RefusedError(Problem("other-server", message, "Choose the server of the plan."))
    checksum = config.get("checksum")
    if checksum is not None and checksum != plan.checksum:
        message = f"the checksum of the plan file is {plan.checksum}, not {checksum}"
        raise RefusedError(Problem("checksum-differs", message, PLAN_AGAIN))
    return plan


@dataclass(frozen=True, slots=True)
class Approval:
    """An approved plan next to what its models need now.

    `plan` has the approved changes of the models that agree with it, `needed` those of them that
    are still open. `refused` has an outcome for each other model, by its name, and `unplanned` the
    errors of those among them whose source nobody can look at now.
    """

    approved: Plan
    plan: Plan
    needed: Plan
    refused: Mapping[str, Outcome]
    unplanned: tuple[RegistrarError, ...] = ()

    @property
    def printed_plan(self) -> Plan:
        """The approved plan, with what is known of the server now."""
        return replace(self.approved, server=self.plan.server)

    @property
    def notes(self) -> tuple[Note, ...]:
        """The note on changes that were made before."""
        made = len(list_shown(self.plan.changes)) - len(list_shown(self.needed.changes))
        return (Note("already-made", values={"count": made}),) if made > 0 else ()

    def merge(self, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
        """Return the outcomes of all approved models, in the order of the plan."""
        by_name = {outcome.plan.name: outcome for outcome in outcomes} | dict(self.refused)
        return tuple(
            # of a model whose files did not come from another server, all that was approved is left
            Outcome(model, left=model.changes, error=error)
            if (error := by_name[model.name].plan.error) is not None
            else by_name[model.name]
            for model in self.approved.models
        )


def approve(approved: Plan, current: Plan) -> Approval:
    """Return which models of an approved plan may be changed, given the plan that is needed now."""
    by_config = {model.config: model for model in current.models}
    refused: dict[str, Outcome] = {}
    models: list[ModelPlan] = []
    needed: list[ModelPlan] = []
    for model in approved.models:
        now = by_config.get(model.config)
        if now is None or now.name != model.name:
            message = f"no configuration '{model.config}' declares {model.name}, as the plan says"
            error = RefusedError(Problem("not-needed", message, PLAN_AGAIN))
            refused[model.name] = Outcome(model, left=model.changes, error=error)
            continue
        if now.error is not None:
            refused[model.name] = Outcome(model, left=model.changes, error=now.error)
            continue
        try:
            models.append(_agree(model, now))
            needed.append(now)
        except RefusedError as error:
            refused[model.name] = Outcome(model, left=model.changes, error=error)
    return Approval(
        approved,
        Plan(current.server, tuple(models), approved.allowances),
        Plan(current.server, tuple(needed), approved.allowances),
        refused,
        current.errors,
    )


def _agree(approved: ModelPlan, current: ModelPlan) -> ModelPlan:
    """Return what may be performed of one model. Raises RefusedError where the two do not agree."""
    name = approved.name
    statuses = check_changes(approved.changes, current.observed)
    RefusedError.raise_for(explain_stale(name, statuses, current.observed))
    numbers = {
        status.change.entry: status.found
        for status in statuses
        if isinstance(status.change, CreateVersion) and isinstance(status.found, int)
    }
    open_changes = [
        add_version_number(status.change, numbers) for status in statuses if status.state == "open"
    ]
    RefusedError.raise_for(_differences(name, open_changes, current.changes))
    RefusedError.raise_for(_changed_verdicts(approved, current))
    sources = [version.source for version in current.desired.versions]
    changes = tuple(
        replace(change, source=sources[change.entry])
        if isinstance(change, CreateVersion) and change.entry < len(sources)
        else change
        for change in approved.changes
    )
    return replace(current, changes=changes)


def _differences(
    name: str, approved: Sequence[Change], needed: Sequence[Change]
) -> Iterator[Problem]:
    """Yield a problem for each change that only one of the two lists has.

    A duplicate that an interrupted run has left is nobody's wish; it stays for the next plan.
    """
    counts = Counter(map(_key, approved))
    for change in needed:
        if counts[_key(change)]:
            counts[_key(change)] -= 1
        elif not isinstance(change, DeleteVersion):
            message = f"{name} needs a change that was not approved: {_describe(change)}"
            yield Problem("not-approved", message, PLAN_AGAIN)
    for change in approved:
        if counts[_key(change)]:
            counts[_key(change)] -= 1
            message = f"{name}: the configuration no longer asks for {_describe(change)}"
            yield Problem("not-needed", message, OVERRIDES)


def _changed_verdicts(approved: ModelPlan, current: ModelPlan) -> Iterator[Problem]:
    """Yield a problem for each verdict that is not the approved one, or that nobody gives any more.

    An alias that was moved before is judged no more.
    """
    moves = {change.alias for change in current.changes if isinstance(change, SetAlias)}
    before = [v for v in approved.verdicts if v.alias in moves or v in current.verdicts]
    for verdict in (*current.verdicts, *before):
        if (verdict in approved.verdicts) != (verdict in current.verdicts):
            about = f"the alias '{verdict.alias}'" if verdict.alias else f"entry {verdict.entry}"
            message = f"{approved.name}: {verdict.name} of {about} is not what was approved"
            yield Problem("verdict-differs", message, PLAN_AGAIN)


def _key(change: Change) -> str:
    return canonical_json(identity_of(change))


def _describe(change: Change) -> str:
    values = change.source.digest if isinstance(change, CreateVersion) else change_values(change)
    return f"{describe_field(change)} {values}".strip()

"""Plans: the changes of one model, and of all models of a command, with their checksum."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.changes.allowances import Allowances
from registrar.changes.changes import (
    Action,
    AdoptVersion,
    Change,
    Context,
    CreateVersion,
    entry_of,
)
from registrar.changes.identity import identity_of
from registrar.changes.own_records import is_drift, is_record
from registrar.config.servers import server_identity
from registrar.text import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.errors import Place, RegistrarError
    from registrar.state import DesiredModel, File, Note, ObservedModel, Server
    from registrar.verdicts import Verdict
    from registrar.version_evidence import MoveEvidence

__all__ = ["ModelPlan", "Plan", "VersionAction", "summarize"]

VersionAction: TypeAlias = Literal["create", "adopt", "update", "none"]

ACTIONS: tuple[Action, ...] = ("create", "update", "move", "remove", "adopt")


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """The changes that make one model match its configuration, in the order of the writes.

    `config` is the name of the configuration, `origin` the file that holds it. `matches` has the
    number of the version on the server for each declared version, or None for one to be created.
    `error` is why there is no plan: nobody could look at a source, and it is not registered.
    `evidence` is what is known of the versions of aliases that would be set or moved, as far as it
    was needed; `verdicts` say what gates and rules make of it. `places` say where the configuration
    has its fields `gates` and `name`; they are known where gates and rules were judged.
    """

    config: str
    desired: DesiredModel
    observed: ObservedModel | None
    matches: tuple[int | None, ...]
    changes: tuple[Change, ...] = ()
    notes: tuple[Note, ...] = ()
    origin: str | None = None
    error: RegistrarError | None = None
    evidence: tuple[MoveEvidence, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the registered model."""
        return self.desired.name

    @property
    def in_sync(self) -> bool:
        """Whether there is nothing to do, except perhaps to write registrar's own tags."""
        return self.error is None and not any(is_drift(change) for change in self.changes)

    def action_of(self, entry: int) -> VersionAction:
        """Return what happens to a declared version as a whole."""
        changes = [change for change in self.changes if entry_of(change) == entry]
        if any(isinstance(change, CreateVersion) for change in changes):
            return "create"
        if any(isinstance(change, AdoptVersion) for change in changes):
            return "adopt"
        return "update" if changes else "none"

    def with_context(self, context: Context) -> ModelPlan:
        """Return the plan with what only its execution knows."""
        changes = tuple(
            change.with_context(context) if isinstance(change, CreateVersion) else change
            for change in self.changes
        )
        return replace(self, changes=changes)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one command would do to a server, model by model.

    `allowances` are what the command may do beyond the default. `unchanged` counts the models without
    changes that are not among `models`: a plan file does not have them.
    """

    server: Server
    models: tuple[ModelPlan, ...]
    allowances: Allowances = field(default_factory=Allowances)
    unchanged: int = 0

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, model by model."""
        return tuple(change for model in self.models for change in model.changes)

    @property
    def in_sync(self) -> bool:
        """Whether `check` has nothing to report."""
        return all(model.in_sync for model in self.models)

    @property
    def uploads(self) -> bool:
        """Whether files go to the artifact store."""
        return any(isinstance(change, CreateVersion) and change.uploads for change in self.changes)

    @property
    def errors(self) -> tuple[RegistrarError, ...]:
        """Why some models have no plan."""
        return tuple(model.error for model in self.models if model.error is not None)

    @property
    def uploaded_files(self) -> tuple[File, ...]:
        """The files that go to the artifact store, but those that are still on another server."""
        creations = (change for change in self.changes if isinstance(change, CreateVersion))
        return tuple(file for c in creations if c.uploads for file in c.source.files)

    @property
    def summary(self) -> dict[str, int]:
        """How many changes there are of each action; `unchanged` counts models without any."""
        unchanged = sum(not model.changes and model.error is None for model in self.models)
        return summarize(self.changes, unchanged + self.unchanged)

    @property
    def checksum(self) -> str:
        """`sha256:` of what would be written and where: equal plans have equal checksums.

        It covers what identifies a change, so not what only execution knows. A model without
        changes is left out: what others merge meanwhile voids no approval. Verdicts are covered with
        every number that they rest on.
        """
        content: dict[str, Any] = {
            "registry_uri": server_identity(self.server.registry_uri),
            "models": [
                _identity_of_model(model)
                for model in sorted(self.models, key=lambda model: model.name)
                if model.changes
            ],
        }
        if self.allowances:
            content["allowances"] = self.allowances.to_dict()
        return "sha256:" + hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _identity_of_model(model: ModelPlan) -> list[Any]:
    changes = [identity_of(change) for change in model.changes]
    verdicts = [verdict.to_dict() for verdict in model.verdicts]
    return [model.name, changes, *([verdicts] if verdicts else ())]


def summarize(changes: Iterable[Change], unchanged: int) -> dict[str, int]:
    """Return how many changes there are of each action, and the number of unchanged models.

    What registrar keeps for itself counts apart, as `records`.
    """
    changes = tuple(changes)
    counts = Counter(change.action for change in changes if not is_record(change))
    records = sum(map(is_record, changes))
    actions: dict[str, int] = {action: counts[action] for action in ACTIONS}
    return {**actions, "records": records, "unchanged": unchanged}

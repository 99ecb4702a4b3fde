"""The types that everything else speaks in: models as they are, as they should be, and plans.

Desired and observed state share `Model` and `Version`. In desired state None means "not managed"
(a field the configuration leaves out); in observed state every field that exists has a value.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.text import canonical_json
from registrar.uris import canonical_uri, safe_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CONFIG_TAG",
    "DIGEST_TAG",
    "LINEAGE_TAG",
    "MANAGED_TAG",
    "OWNER_TAG",
    "PINNED_TAG",
    "PROMPT_TAG",
    "PROVENANCE_TAG",
    "Action",
    "Change",
    "Kind",
    "Model",
    "ModelPlan",
    "Plan",
    "RunData",
    "Server",
    "Source",
    "Version",
    "summarize",
]

DIGEST_TAG = "registrar_digest"
MANAGED_TAG = "registrar_managed"
CONFIG_TAG = "registrar_config"
OWNER_TAG = "registrar_owner"
PROVENANCE_TAG = "registrar_provenance"
LINEAGE_TAG = "registrar_lineage"
PINNED_TAG = "registrar_pinned"
PROMPT_TAG = "mlflow.prompt.is_prompt"  # MLflow keeps prompts among the registered models

Action: TypeAlias = Literal["create", "update", "move", "remove", "adopt", "none"]
Kind: TypeAlias = Literal["model", "version", "tag", "description", "alias"]

SUMMARY: tuple[tuple[str, Action], ...] = (
    ("create", "create"),
    ("update", "update"),
    ("move", "move"),
    ("remove", "remove"),
    ("adopt", "adopt"),
    ("unchanged", "none"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a version's bytes are, and what identifies them.

    `uri` is what the configuration says. `stored` is what the registry will hold as the source:
    None for a directory, whose bytes `apply` uploads first. `size` counts the bytes to upload.
    With `read_back` they are hashed again in the artifact store before they are registered.
    """

    uri: str
    digest: str
    stored: str | None = None
    run_id: str | None = None
    model_id: str | None = None
    directory: str | None = None
    size: int = 0
    verified: bool = True
    note: str | None = None
    read_back: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """The URIs under which somebody may have registered this model by hand."""
        local = (self.directory, f"file://{self.directory}") if self.directory else ()
        return tuple(uri for uri in (self.uri, self.stored, *local) if uri)


@dataclass(frozen=True, slots=True)
class RunData:
    """What a run logged: parameters as text, the last value of each metric."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a registered model. `number` is None until the server has given one.

    `birth` are the tags that tell where it came from (commit, run, pipeline). They are written when
    the version is made and never compared: what varies from run to run is no reason for a change.
    `lineage` is the JSON text of where a promoted version comes from. `pinned` is the number
    an entry of a configuration asked for, whichever number the server gave. `created` is in milliseconds since 1970, UTC.
    """

    number: int | None = None
    digest: str | None = None
    source: str = ""
    run_id: str | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None
    aliases: tuple[str, ...] | None = None
    managed: tuple[str, ...] | None = None
    config: str | None = None
    birth: Mapping[str, str] | None = field(default=None, repr=False, compare=False)
    lineage: str | None = None
    pinned: int | None = None
    origin: Source | None = field(default=None, repr=False, compare=False)
    created: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Model:
    """A registered model with its versions. `managed` holds tag keys, and aliases as `@alias`.

    `protected` are the aliases that only an explicit permission moves; desired state alone has it.
    `created` and `updated` are in milliseconds since 1970, UTC.
    """

    name: str
    description: str | None = None
    tags: Mapping[str, str] | None = None
    versions: tuple[Version, ...] = ()
    managed: tuple[str, ...] | None = None
    owner: str | None = None
    protected: tuple[str, ...] = ()
    created: int | None = field(default=None, compare=False)
    updated: int | None = field(default=None, compare=False)

    @property
    def aliases(self) -> dict[str, int | None]:
        """Alias -> number of the version it points to."""
        return {
            alias: version.number for version in self.versions for alias in version.aliases or ()
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One write. `entry` is the index of the declared version it belongs to, if it does.

    `before` and `after` are JSON values: text for tags and descriptions, version numbers for
    aliases (None for a version not made yet), a mapping for a model or a version as a whole.
    """

    action: Action
    kind: Kind
    field: str | None = None
    before: Any = None
    after: Any = None
    version: int | None = None
    entry: int | None = None

    @property
    def is_drift(self) -> bool:
        """False for what only writes registrar's own tags: adoption, and which keys it answers for."""
        bookkeeping = self.kind == "tag" and (self.field or "").endswith(f".{MANAGED_TAG}")
        return self.action != "adopt" and not bookkeeping

    @property
    def uploads(self) -> bool:
        """Whether bytes go to the artifact store."""
        new = self.kind == "version" and self.action == "create"
        return new and bool(self.after["bytes"])

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: what an approved plan's checksum is made of."""
        return {
            "action": self.action,
            "kind": self.kind,
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "version": self.version,
            "entry": self.entry,
        }


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What makes one model match its configuration: the changes, in the order they are made."""

    config: str
    desired: Model
    observed: Model | None
    matches: tuple[int | None, ...]
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    origin: str | None = None

    @property
    def in_sync(self) -> bool:
        """True when there is nothing to do but, perhaps, to write registrar's own tags."""
        return not any(change.is_drift for change in self.changes)

    def action_of(self, entry: int) -> Action:
        """What happens to a declared version as a whole."""
        actions = {c.action for c in self.changes if c.entry == entry and c.kind == "version"}
        for action in ("create", "adopt"):
            if action in actions:
                return action
        return "update" if any(c.entry == entry for c in self.changes) else "none"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of `models[]`."""
        return {
            "config": self.config,
            "name": self.desired.name,
            "versions": [
                {
                    "version": number,
                    "digest": version.digest,
                    "source": safe_uri(version.source),
                    "action": self.action_of(entry),
                }
                for entry, (version, number) in enumerate(
                    zip(self.desired.versions, self.matches, strict=True)
                )
            ],
            "changes": [change.to_dict() for change in self.changes],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Server:
    """The registry that is spoken to. No field holds a secret."""

    registry_uri: str
    tracking_uri: str
    version: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of `server`."""
        return {"registry_uri": self.registry_uri, "version": self.version}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one command would do, for all its models: a value, compared and printed."""

    server: Server
    models: tuple[ModelPlan, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, model by model."""
        return tuple(change for model in self.models for change in model.changes)

    @property
    def in_sync(self) -> bool:
        """True when `check` has nothing to report."""
        return all(model.in_sync for model in self.models)

    @property
    def summary(self) -> dict[str, int]:
        """How many changes of each action; `unchanged` counts the models that have none."""
        return summarize(self.changes, sum(not model.changes for model in self.models))

    @property
    def checksum(self) -> str:
        """`sha256:` of what would be written and where: equal plans have equal checksums."""
        content = {
            "registry_uri": canonical_uri(self.server.registry_uri),
            "models": [
                [model.desired.name, [change.to_dict() for change in model.changes]]
                for model in sorted(self.models, key=lambda model: model.desired.name)
            ],
        }
        return "sha256:" + hashlib.sha256(canonical_json(content).encode()).hexdigest()


def summarize(changes: tuple[Change, ...], unchanged: int) -> dict[str, int]:
    """The `summary` of a JSON document."""
    counts = Counter(change.action for change in changes)
    counts["none"] = unchanged
    return {name: counts[action] for name, action in SUMMARY}

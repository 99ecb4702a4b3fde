"""Registered models and their versions, desired and observed, and plans.

Desired and observed state are different types. In desired state, None means "not managed": the
configuration leaves the field out. In observed state, every field has the value that the server
holds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.text import canonical_json
from registrar.uris import canonical_uri, path_uris

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
    "DesiredModel",
    "DesiredVersion",
    "File",
    "Kind",
    "ModelPlan",
    "ObservedModel",
    "ObservedVersion",
    "Plan",
    "RunData",
    "Server",
    "Source",
    "summarize",
    "user_tags",
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
class File:
    """A file of a model's directory: its path below the directory, with `/`, and its size in bytes.

    `path` is absolute.
    """

    relative: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a version's bytes are, and what identifies them.

    `uri` is what the configuration says. `stored` is what the registry will hold as the source:
    None for a directory, whose `files` `apply` uploads first: those that the digest is made of.
    With `read_back` they are hashed again in the artifact store before they are registered.
    """

    uri: str
    digest: str
    stored: str | None = None
    run_id: str | None = None
    model_id: str | None = None
    directory: str | None = None
    files: tuple[File, ...] = field(default=(), repr=False)
    verified: bool = True
    note: str | None = None
    read_back: bool = False

    @property
    def size(self) -> int:
        """Return how many bytes are to be uploaded."""
        return sum(file.size for file in self.files)

    @property
    def spellings(self) -> tuple[str, ...]:
        """Return the URIs under which somebody may have registered this model by hand."""
        local = path_uris(self.directory) if self.directory else ()
        return tuple(uri for uri in (self.uri, self.stored, *local) if uri)


@dataclass(frozen=True, slots=True)
class RunData:
    """What a run logged: parameters as text, the last value of each metric."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DesiredVersion:
    """One version that a configuration declares.

    `pin` is the version number that the configuration asks for. `config` is the name of the
    configuration. `lineage` is the JSON text that says where a promoted version comes from.
    `provenance` holds tags such as the commit and the run; they are written when the version is
    created, and they are never compared.
    """

    source: Source
    description: str | None = None
    tags: Mapping[str, str] | None = None
    aliases: tuple[str, ...] | None = None
    pin: int | None = None
    config: str = ""
    lineage: str | None = None
    provenance: Mapping[str, str] | None = field(default=None, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """Return the digest of the source."""
        return self.source.digest


@dataclass(frozen=True, slots=True)
class DesiredModel:
    """A registered model that a configuration declares.

    `protected` holds the aliases that move only with an explicit permission.
    """

    name: str
    description: str | None = None
    tags: Mapping[str, str] | None = None
    versions: tuple[DesiredVersion, ...] = ()
    owner: str | None = None
    protected: tuple[str, ...] = ()

    @property
    def aliases(self) -> tuple[str, ...]:
        """Return the aliases of all versions."""
        return tuple(alias for version in self.versions for alias in version.aliases or ())


@dataclass(frozen=True, slots=True)
class ObservedVersion:
    """One version on the server.

    `digest` is None for a version that registrar did not register. `tags` leaves registrar's own
    tags out. `managed` holds the tag keys that registrar has set, or None without such a list.
    `provenance` holds the tags that say where the version was made; they are in `tags`, too.
    `pinned` is the number that the configuration asked for when it created the version.
    `created` is in milliseconds since 1970, UTC.
    """

    number: int
    digest: str | None = None
    source: str = ""
    run_id: str | None = None
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    managed: tuple[str, ...] | None = None
    config: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    lineage: str | None = None
    pinned: int | None = None
    created: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ObservedModel:
    """A registered model on the server.

    `managed` holds the tag keys that registrar has set, and the aliases as `@alias`. `complete` is
    False for a model with very many versions, of which only those were read that a configuration
    declares, and those with an alias. `created` and `updated` are in milliseconds since 1970, UTC.
    """

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[ObservedVersion, ...] = ()
    managed: tuple[str, ...] | None = None
    owner: str | None = None
    complete: bool = True
    created: int | None = field(default=None, compare=False)
    updated: int | None = field(default=None, compare=False)

    @property
    def aliases(self) -> dict[str, int]:
        """Return the number of the version that each alias points to."""
        return {alias: version.number for version in self.versions for alias in version.aliases}

    @property
    def is_prompt(self) -> bool:
        """Return whether this is a prompt: MLflow keeps them among the registered models."""
        return self.tags.get(PROMPT_TAG) == "true"


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
    desired: DesiredModel
    observed: ObservedModel | None
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


@dataclass(frozen=True, slots=True)
class Server:
    """The registry that is spoken to. No field holds a secret."""

    registry_uri: str
    tracking_uri: str
    version: str | None = None


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


def user_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that people set; MLflow sets its own (`mlflow.*`) with a version."""
    return {key: text for key, text in tags.items() if not key.startswith("mlflow.")}


def summarize(changes: tuple[Change, ...], unchanged: int) -> dict[str, int]:
    """The `summary` of a JSON document."""
    counts = Counter(change.action for change in changes)
    counts["none"] = unchanged
    return {name: counts[action] for name, action in SUMMARY}

"""Registered models and their versions: desired and observed state are different types.

In desired state, None means "not managed": the configuration leaves the field out. In observed
state, every field has the value that the server holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registrar.note import Note, NoteKind
from registrar.uris import path_uris

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.errors import RegistrarError
    from registrar.events import Event
    from registrar.upstream import Upstream
    from registrar.uris import Uri

__all__ = [
    "CONFIG_TAG",
    "DIGEST_TAG",
    "FAILED",
    "LINEAGE_TAG",
    "MANAGED_TAG",
    "METRICS_TAG",
    "MOVED_TAG",
    "OWNER_TAG",
    "PINNED_TAG",
    "PROMPT_TAG",
    "PROTECTED_TAG",
    "PROVENANCE_TAG",
    "READY",
    "DesiredModel",
    "DesiredVersion",
    "Existing",
    "File",
    "Note",
    "NoteKind",
    "ObservedModel",
    "ObservedVersion",
    "RunData",
    "Server",
    "Source",
    "Stored",
]

DIGEST_TAG = "registrar_digest"
MANAGED_TAG = "registrar_managed"
MOVED_TAG = "registrar_moved"
CONFIG_TAG = "registrar_config"
OWNER_TAG = "registrar_owner"
PROTECTED_TAG = "registrar_protected"
PROVENANCE_TAG = "registrar_provenance"
LINEAGE_TAG = "registrar_lineage"
METRICS_TAG = "registrar_metrics"
PINNED_TAG = "registrar_pinned"
READY = "READY"  # the status of a version that can be used
FAILED = "FAILED_REGISTRATION"
PROMPT_TAG = "mlflow.prompt.is_prompt"  # MLflow keeps prompts among the registered models


@dataclass(frozen=True, slots=True)
class File:
    """A file: its path below the model's directory, with `/`; its path, size in bytes, hash in hex."""

    relative: str
    path: str
    size: int
    sha256: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Existing:
    """Marks a source as a version of the model itself, which is matched and never created.

    The version must have the `number`, the `alias` and the `digest` that are given. The other fields
    are for a source that is gone or cannot be read. `place` is the URI that named it. `models` are
    the logged models of its run that it may mean, `others` those that it does not mean. `error` is
    raised if no version came from there. `registry` is the other server that `place` is on.
    """

    number: int | None = None
    alias: str | None = None
    digest: str | None = None
    place: Uri | None = None
    models: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    registry: str | None = None
    error: RegistrarError | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the files of a declared version are, and what identifies them.

    `uri` is what the configuration says. `stored` is what the registry will hold as the source. It
    is None for a directory, whose `files` are uploaded first: those that the digest is made of.
    `verified` is False for a source that was not read. With `read_back`, the uploaded files are
    hashed again in the artifact store before they are registered. `existing` is for a version of the
    model itself; its `digest` and `stored` are known once it is matched. `places` are other URIs of
    the same model, `other_digests` those that earlier versions of it may have. `upstream` is the model
    of another server that is copied, `uploaded` is a copy whose upload does not count yet. `signature` are the parts of the model's, None where nobody read one.

    Two sources are equal when a registry would hold the same of both.
    """

    uri: str
    digest: str
    stored: str | None = None
    run_id: str | None = None
    model_id: str | None = None
    directory: str | None = field(default=None, compare=False)
    files: tuple[File, ...] = field(default=(), repr=False, compare=False)
    location: str | None = field(default=None, repr=False, compare=False)
    named: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    verified: bool = field(default=True, compare=False)
    note: Note | None = field(default=None, compare=False)
    read_back: bool = field(default=False, compare=False)
    existing: Existing | None = field(default=None, compare=False)
    places: tuple[str, ...] = field(default=(), repr=False, compare=False)
    other_digests: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    upstream: Upstream | None = field(default=None, compare=False)
    uploaded: Stored | None = field(default=None, repr=False, compare=False)
    signature: Mapping[str, str] | None = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int | None:
        """How much is uploaded, in bytes; None where that is not known, as in a plan file."""
        is_known = self.files or self.stored is not None
        return sum(file.size for file in self.files) if is_known else None

    @property
    def spellings(self) -> tuple[str, ...]:
        """All URIs under which somebody may have registered this model by hand."""
        local = path_uris(self.directory) if self.directory else ()
        return tuple(dict.fromkeys(filter(None, (self.uri, self.stored, *self.places, *local))))


@dataclass(frozen=True, slots=True)
class Stored:
    """A model in the artifact store.

    `source` is what a version's source says, `location` is where the files are.
    """

    source: str
    location: str
    run_id: str | None = None
    model_id: str | None = None


@dataclass(frozen=True, slots=True)
class RunData:
    """What a run logged: parameters as text, the last value of each metric."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DesiredVersion:
    """One version that a configuration declares.

    `pin` is the number that the configuration `config` asks for. JSON texts: `lineage` says where a promoted
    version comes from, `carried` its metrics there, `metrics` the declared ones.
    """

    source: Source
    description: str | None = None
    tags: Mapping[str, str] | None = None
    aliases: tuple[str, ...] | None = None
    pin: int | None = None
    config: str = ""
    lineage: str | None = None
    metrics: str | None = None
    carried: str | None = None

    @property
    def digest(self) -> str:
        """The digest of the source."""
        return self.source.digest


@dataclass(frozen=True, slots=True)
class DesiredModel:
    """A registered model that a configuration declares.

    `protected` holds the aliases that move only with a permission; None leaves to the server which
    those are. `manages` is False for what a script asks for: it adds and moves what it names. Only a
    configuration records what it sets, and removes what it no longer declares.
    """

    name: str
    description: str | None = None
    tags: Mapping[str, str] | None = None
    versions: tuple[DesiredVersion, ...] = ()
    owner: str | None = None
    protected: tuple[str, ...] | None = None
    manages: bool = True

    @property
    def aliases(self) -> tuple[str, ...]:
        """The aliases of all versions."""
        return tuple(alias for version in self.versions for alias in version.aliases or ())


@dataclass(frozen=True, slots=True)
class ObservedVersion:
    """One version on the server.

    `digest` is None for a version that registrar did not register. `tags` leaves registrar's own
    tags out. `managed` holds the tag keys that configurations have set, or None without such a list.
    `provenance` holds those of `tags` that it was made with and that no configuration declared. `moved`
    lists the aliases that scripts have moved here after a configuration had set them, `events` the
    moves that are recorded here, `spoilt_events` the keys of records that somebody has changed.
    `pinned` is the number that the configuration asked for when it created the version. `metrics` and
    `signature` are JSON texts: the declared numbers and those that a copy has brought along, and the
    model's signature. `status` is READY for a version that can be used. `created` is in milliseconds
    since 1970, UTC.
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
    metrics: str | None = None
    signature: str | None = None
    pinned: int | None = None
    moved: tuple[str, ...] | None = None
    events: tuple[Event, ...] = field(default=(), compare=False)
    spoilt_events: tuple[str, ...] = field(default=(), compare=False)
    status: str = READY
    created: int | None = field(default=None, compare=False)

    @property
    def is_ready(self) -> bool:
        """Whether the server has made the version, so that it can be used."""
        return self.status == READY

    @property
    def is_pending(self) -> bool:
        """Whether the server is still making the version, as far as its status tells."""
        return self.status not in {READY, FAILED}


@dataclass(frozen=True, slots=True)
class ObservedModel:
    """A registered model on the server.

    `managed` holds the tag keys that configurations have set, and the aliases as `@alias`. `protected`
    holds the aliases that move only with a permission, or None without such a list. `complete` is False
    where only those versions were read that a configuration declares, and those with an alias: there
    are very many. `created` and `updated` are in milliseconds since 1970, UTC.
    """

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[ObservedVersion, ...] = ()
    managed: tuple[str, ...] | None = None
    owner: str | None = None
    protected: tuple[str, ...] | None = None
    complete: bool = True
    created: int | None = field(default=None, compare=False)
    updated: int | None = field(default=None, compare=False)

    @property
    def aliases(self) -> dict[str, int]:
        """The number of the version that each alias points to."""
        return {alias: version.number for version in self.versions for alias in version.aliases}

    @property
    def ready_versions(self) -> tuple[ObservedVersion, ...]:
        """The versions that can be used."""
        return tuple(version for version in self.versions if version.is_ready)

    @property
    def is_prompt(self) -> bool:
        """Whether this is a prompt: MLflow keeps prompts among the registered models."""
        return self.tags.get(PROMPT_TAG) == "true"


@dataclass(frozen=True, slots=True)
class Server:
    """The MLflow server, or database, that a command talks to. No field holds a secret."""

    registry_uri: str
    tracking_uri: str
    version: str | None = None

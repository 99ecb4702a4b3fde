"""The changes of a plan: one value for each write, with everything that its request needs.

`execution` performs a change and reads nothing else of the plan. What only execution knows stands
in the contexts of `CreateVersion` and `RecordEvent`, which no checksum covers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from typing_extensions import assert_never  # typing has it since Python 3.11

from registrar.changes.events import RecordEvent
from registrar.changes.tags import with_provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.version_difference import VersionDifference
    from registrar.signature_comparison import SignatureComparison
    from registrar.state import Source, Stored

__all__ = [
    "Action",
    "AdoptModel",
    "AdoptVersion",
    "Change",
    "Context",
    "CreateModel",
    "CreateVersion",
    "DeleteAlias",
    "DeleteTag",
    "DeleteVersion",
    "RecordEvent",
    "SetAlias",
    "SetDescription",
    "SetTag",
    "add_version_number",
    "entry_of",
    "version_of",
]

Action: TypeAlias = Literal["create", "update", "move", "remove", "adopt"]
Kind: TypeAlias = Literal["model", "version", "tag", "description", "event", "alias"]


@dataclass(frozen=True, slots=True)
class Context:
    """Facts about a new version that are known only when the plan is executed.

    `provenance` holds the tags that say where a new version was made. `stored` is where its files
    lie after an upload. `run_id` is the run in which an uploaded model was made.
    """

    provenance: Mapping[str, str] = field(default_factory=dict)
    stored: Stored | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class CreateModel:
    """Create the registered model, complete with its description and tags."""

    action: ClassVar[Action] = "create"
    kind: ClassVar[Kind] = "model"

    name: str
    description: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CreateVersion:
    """Create a version, complete with its description and tags, after uploading its files.

    `entry` is the index of the declared version. `tags` leaves the provenance out; `all_tags` has
    it. `pin` is the number that the configuration asks for, `version` that of the server; None in a
    plan. `difference` says why the version is new. `saved_amount` is the `amount` in a plan file.
    """

    action: ClassVar[Action] = "create"
    kind: ClassVar[Kind] = "version"

    entry: int
    source: Source
    description: str
    tags: Mapping[str, str]
    pin: int | None = None
    version: int | None = None
    context: Context = field(default_factory=Context, compare=False)
    difference: VersionDifference | None = field(default=None, compare=False)
    saved_amount: tuple[int, int] | None = field(default=None, compare=False)

    @property
    def uploads(self) -> bool:
        """Whether files go to the artifact store first."""
        return self.source.stored is None

    @property
    def size(self) -> int | None:
        """How much is uploaded, in bytes; None while the files are on another server."""
        is_unknown = self.source.upstream is not None and not self.source.files
        size = self.source.size if self.saved_amount is None else self.saved_amount[1]
        return None if is_unknown else size

    @property
    def amount(self) -> tuple[int, int] | None:
        """The number of files to upload, and their size in bytes; None if nobody knows it."""
        files = self.source.files
        return (len(files), sum(file.size for file in files)) if files else self.saved_amount

    @property
    def all_tags(self) -> dict[str, str]:
        """All tags of the request: the declared ones, registrar's own, and the provenance."""
        return with_provenance(self.tags, self.context.provenance)

    def with_context(self, context: Context) -> CreateVersion:
        """Return the change with what only its execution knows."""
        return replace(self, context=context)


@dataclass(frozen=True, slots=True)
class AdoptModel:
    """Begin to manage a model that somebody, or a script, has registered."""

    action: ClassVar[Action] = "adopt"
    kind: ClassVar[Kind] = "model"

    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AdoptVersion:
    """Give registrar's own tags to a version that somebody, or a script, has registered.

    The tags are set in this order. For a version that was registered by hand, the last one is the
    digest: it makes the version registrar's.
    """

    action: ClassVar[Action] = "adopt"
    kind: ClassVar[Kind] = "version"

    entry: int
    version: int
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SetTag:
    """Set a tag of a version, or of the model where `version` is None."""

    kind: ClassVar[Kind] = "tag"

    version: int | None
    entry: int | None
    key: str
    before: str | None
    after: str

    @property
    def action(self) -> Action:
        """`create` for a new tag, else `update`."""
        return "create" if self.before is None else "update"


@dataclass(frozen=True, slots=True)
class DeleteTag:
    """Delete a tag of a version, or of the model where `version` is None."""

    action: ClassVar[Action] = "remove"
    kind: ClassVar[Kind] = "tag"

    version: int | None
    entry: int | None
    key: str
    before: str


@dataclass(frozen=True, slots=True)
class SetDescription:
    """Set the description of a version, or of the model where `version` is None; "" clears it."""

    action: ClassVar[Action] = "update"
    kind: ClassVar[Kind] = "description"

    version: int | None
    entry: int | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SetAlias:
    """Point an alias to a version; `version` is None until the plan has created it.

    `signature` says how that version's signature differs from that of the version which the alias
    leaves; None where neither signature is known.
    """

    kind: ClassVar[Kind] = "alias"

    entry: int
    alias: str
    before: int | None
    version: int | None
    signature: SignatureComparison | None = field(default=None, compare=False)

    @property
    def action(self) -> Action:
        """`create` for a new alias, else `move`."""
        return "create" if self.before is None else "move"


@dataclass(frozen=True, slots=True)
class DeleteAlias:
    """Delete an alias; its version stays."""

    action: ClassVar[Action] = "remove"
    kind: ClassVar[Kind] = "alias"

    alias: str
    before: int


@dataclass(frozen=True, slots=True)
class DeleteVersion:
    """Delete a version that is a duplicate of another one."""

    action: ClassVar[Action] = "remove"
    kind: ClassVar[Kind] = "version"

    version: int
    digest: str | None
    source: str


Change: TypeAlias = (
    CreateModel
    | CreateVersion
    | AdoptModel
    | AdoptVersion
    | SetTag
    | DeleteTag
    | SetDescription
    | RecordEvent
    | SetAlias
    | DeleteAlias
    | DeleteVersion
)


def add_version_number(change: Change, numbers: Mapping[int, int]) -> Change:
    """Return the change with the number of the version that the plan has created for its entry."""
    number = None if (entry := entry_of(change)) is None else numbers.get(entry)
    match change:
        case CreateVersion() | RecordEvent() | SetAlias() if number is not None:
            return replace(change, version=number)
        case _:
            return change


def entry_of(change: Change) -> int | None:
    """Return the index of the declared version that a change is made for, if there is one."""
    match change:
        case (
            CreateVersion()
            | AdoptVersion()
            | SetTag()
            | DeleteTag()
            | SetDescription()
            | RecordEvent()
            | SetAlias()
        ):
            return change.entry
        case CreateModel() | AdoptModel() | DeleteAlias() | DeleteVersion():
            return None
        case _:
            assert_never(change)


def version_of(change: Change) -> int | None:
    """Return the number of the version that a change writes to, if there is one yet."""
    match change:
        case (
            CreateVersion()
            | AdoptVersion()
            | SetTag()
            | DeleteTag()
            | SetDescription()
            | SetAlias()
            | DeleteVersion()
        ):
            return change.version
        case RecordEvent():
            return change.holder
        case CreateModel() | AdoptModel() | DeleteAlias():
            return None
        case _:
            assert_never(change)

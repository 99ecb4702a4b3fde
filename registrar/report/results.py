"""The results of the commands that make no plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.history import Move, Position
    from registrar.report.pins import Pins
    from registrar.report.verification import Verification
    from registrar.state import Note, ObservedModel, RunData, Server
    from registrar.version_evidence import Measurements

__all__ = [
    "AliasHistory",
    "Deleted",
    "Deletion",
    "Dump",
    "Dumped",
    "Evidence",
    "History",
    "KeptUpload",
    "Listing",
    "Payload",
    "Site",
]


@dataclass(frozen=True, slots=True)
class Listing:
    """The models that `show` lists.

    `total` counts the models or versions that the filters let through, before the limit. With
    `detailed` the versions of each model are listed, else the models; with `wide` all of their
    columns. `run_data` holds the parameters of the versions' runs, by run id, and `measurements`
    the metrics of the versions, by the name of the model and the number. `files` holds the files of
    those versions that have a list of them, each with its SHA-256.
    """

    server: Server
    models: tuple[ObservedModel, ...]
    total: int
    detailed: bool
    compare: bool = False
    wide: bool = False
    run_data: Mapping[str, RunData] = field(default_factory=dict)
    measurements: Mapping[tuple[str, int], Measurements] = field(default_factory=dict)
    files: Mapping[tuple[str, int], Mapping[str, str]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models."""
        return tuple(model.name for model in self.models)

    def measurements_of(self, name: str, number: int) -> Measurements:
        """Return the metrics of a version."""
        return self.measurements.get((name, number), {})


@dataclass(frozen=True, slots=True)
class Dumped:
    """One model that `dump` wrote to `file`, a relative path. `notes` say what it left out."""

    model: ObservedModel
    file: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Dump:
    """The files that `dump` wrote."""

    server: Server
    folder: str
    models: tuple[Dumped, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models."""
        return tuple(dumped.model.name for dumped in self.models)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A model or a version that `delete` was asked to remove.

    `versions` and `events`, the recorded moves of aliases, count what goes with it.
    `deleted` is False where it is only listed, or where the command stopped before it.
    """

    name: str
    version: int | None
    versions: int
    deleted: bool
    events: int = 0


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """An upload that `delete` left alone, because other versions use it."""

    source: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What `delete` removed, or would remove.

    With `owner` these are all models of that owner which no file declares. `uploads` are the
    sources of the uploads that were deleted as well, `kept` those that other versions use.
    """

    server: Server
    models: tuple[Deleted, ...] = ()
    owner: str | None = None
    uploads: tuple[str, ...] = ()
    kept: tuple[KeptUpload, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models."""
        return tuple(deleted.name for deleted in self.models)


@dataclass(frozen=True, slots=True)
class Site:
    """The pages that `catalogue` wrote: the file of each model below `folder`, and how many there are."""

    server: Server
    folder: str
    files: Mapping[str, str]
    count: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models."""
        return tuple(self.files)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What `evidence` knows of each declared version: a document for each, as rules see it."""

    server: Server
    documents: tuple[Mapping[str, Any], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models."""
        return tuple(dict.fromkeys(str(document["name"]) for document in self.documents))


@dataclass(frozen=True, slots=True)
class AliasHistory:
    """The moves of one model's aliases until a time, and where they pointed then."""

    name: str
    moves: tuple[Move, ...]
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The moves of the aliases of models. `at` is the time that was asked for, None for now."""

    server: Server
    models: tuple[AliasHistory, ...]
    at: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models."""
        return tuple(model.name for model in self.models)


Payload: TypeAlias = "Listing | History | Evidence | Dump | Site | Deletion | Verification | Pins"

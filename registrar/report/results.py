"""What the commands found that plan nothing: `show`, `dump`, `delete` and `verify`, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from registrar.content.digest import Difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import ObservedModel, RunData, Server

__all__ = ["Deletion", "Dump", "Dumped", "Listing", "Result", "Verification", "Verified"]


@dataclass(frozen=True, slots=True)
class Listing:
    """What `show` found. `found` counts what the filters let through, before the limit.

    With `detailed` it is about the versions of each model, else about the models. `measures` are
    those of the versions' runs, by run id.
    """

    server: Server
    models: tuple[ObservedModel, ...]
    found: int
    detailed: bool
    compare: bool = False
    measures: Mapping[str, RunData] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dumped:
    """One model in a file. `file` is as a person would write it; `notes` say what is left out."""

    model: ObservedModel
    file: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dump:
    """The files that `dump` wrote."""

    server: Server
    folder: str
    models: tuple[Dumped, ...]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What `delete` was asked to remove; `was_there` is False where there was nothing to do."""

    server: Server
    name: str
    version: int | None
    was_there: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """What reading one version back has shown.

    `same`: the bytes, or the identity of a reference, are as registered. `different`: they are not.
    `unchecked`: nothing was registered that they could be compared with. `detail` says it in words.
    """

    name: str
    version: int
    digest: str | None
    status: Literal["same", "different", "unchecked"]
    detail: str
    difference: Difference = field(default_factory=Difference)


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found, version by version."""

    server: Server
    versions: tuple[Verified, ...]


Result: TypeAlias = "Listing | Dump | Deletion | Verification"

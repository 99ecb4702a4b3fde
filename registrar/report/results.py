"""The results of the commands that plan nothing, but for those with a module of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.report.pins import Pins
    from registrar.report.verification import Verification
    from registrar.state import Note, ObservedModel, RunData, Server

__all__ = ["Deletion", "Dump", "Dumped", "Listing", "Payload"]


@dataclass(frozen=True, slots=True)
class Listing:
    """The models that `show` lists.

    `total` counts the models or versions that the filters let through, before the limit. With
    `detailed` the versions of each model are listed, else the models. `run_data` holds the
    parameters and metrics of the versions' runs, by run id.
    """

    server: Server
    models: tuple[ObservedModel, ...]
    total: int
    detailed: bool
    compare: bool = False
    run_data: Mapping[str, RunData] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Deletion:
    """The model or the version that `delete` removed; with `existed` False there was none."""

    server: Server
    name: str
    version: int | None
    existed: bool


Payload: TypeAlias = "Listing | Dump | Deletion | Verification | Pins"

"""What the pages of a catalogue show, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.changes.history import Move
    from registrar.state import ObservedModel, Server
    from registrar.version_evidence import Measurements, Signature

__all__ = ["Catalogue", "CataloguedModel", "Limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a gate sets to a metric; `dataset` is None for every dataset."""

    metric: str
    dataset: str | None
    alias: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class CataloguedModel:
    """A registered model with what is known of its versions, each by the version's number.

    `files` are the paths of the files, each with its SHA-256; a version whose files nobody recorded has none. `moves` are those of its aliases that took place. `declared` says whether the registry is as the model's
    configuration wants it; None where there is no configuration at hand.
    """

    model: ObservedModel
    metrics: Mapping[int, Measurements] = field(default_factory=dict)
    params: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    signatures: Mapping[int, Signature] = field(default_factory=dict)
    files: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    limits: tuple[Limit, ...] = ()
    declared: Literal["in sync", "differs"] | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models of one server, sorted by name. `made` is the time to print, where one is asked for.

    The models are taken once, one after the other: of a large registry not all are held in memory.
    """

    server: Server
    models: Iterable[CataloguedModel]
    made: str | None = None

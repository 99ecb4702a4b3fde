"""The findings of `verify` on each version, as values and in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from typing_extensions import assert_never

from registrar.content.digest import Difference
from registrar.text import plural
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from registrar.errors import Problem
    from registrar.state import Server

__all__ = [
    "DifferentFiles",
    "DifferentReference",
    "Finding",
    "MissingModel",
    "NotComparable",
    "SameFiles",
    "SameReference",
    "UnlistedFiles",
    "Unreadable",
    "Verification",
    "Verified",
]

Status: TypeAlias = Literal["same", "different", "unchecked", "unreadable"]


@dataclass(frozen=True, slots=True)
class SameFiles:
    """The stored files have the registered digest; `count` is how many there are."""

    count: int


@dataclass(frozen=True, slots=True)
class SameReference:
    """The model at the registered place has the registered identity.

    `has_uuid` is False if only the place was registered, not the `model_uuid`.
    """

    has_uuid: bool


@dataclass(frozen=True, slots=True)
class DifferentFiles:
    """The stored files have another digest."""

    difference: Difference


@dataclass(frozen=True, slots=True)
class UnlistedFiles:
    """The stored files have another digest, and no manifest says which of them differ."""


@dataclass(frozen=True, slots=True)
class DifferentReference:
    """Another model is at the registered place."""

    location: str


@dataclass(frozen=True, slots=True)
class MissingModel:
    """There is no model any more, or its MLmodel is broken; `missing` are the registered files."""

    problem: Problem
    missing: Difference = field(default_factory=Difference)


@dataclass(frozen=True, slots=True)
class NotComparable:
    """There is nothing to compare the stored model with."""

    reason: Literal["no-digest", "not-ready", "origin-gone", "deleted"]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The stored model could not be read, so nobody knows whether it is as registered."""

    problem: Problem


Finding: TypeAlias = (
    SameFiles
    | SameReference
    | DifferentFiles
    | UnlistedFiles
    | DifferentReference
    | MissingModel
    | NotComparable
    | Unreadable
)


@dataclass(frozen=True, slots=True)
class Verified:
    """A version that was read back, and the finding."""

    name: str
    version: int
    digest: str | None
    finding: Finding

    @property
    def status(self) -> Status:
        """The outcome in one word."""
        return _status_of(self.finding)

    @property
    def detail(self) -> str:
        """The outcome in a sentence."""
        return _describe(self.finding)

    @property
    def difference(self) -> Difference:
        """The files that are not as registered, as far as they are known."""
        match self.finding:
            case DifferentFiles(difference=difference):
                return difference
            case MissingModel(missing=missing):
                return missing
            case _:
                return Difference()


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found, version by version."""

    server: Server
    versions: tuple[Verified, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models, each once."""
        return tuple(dict.fromkeys(version.name for version in self.versions))


def _status_of(finding: Finding) -> Status:
    """Return the status that stands for a finding."""
    match finding:
        case SameFiles() | SameReference():
            return "same"
        case DifferentFiles() | UnlistedFiles() | DifferentReference() | MissingModel():
            return "different"
        case NotComparable():
            return "unchecked"
        case Unreadable():
            return "unreadable"
        case _:
            assert_never(finding)


def _describe(finding: Finding) -> str:
    """Return a finding in words."""
    match finding:
        case SameFiles(count=count):
            return f"{plural(count, 'file')} as registered"
        case SameReference(has_uuid=True):
            return (
                "its model_uuid is the one that was registered (a reference: files have no digest)"
            )
        case SameReference():
            return "a model is at the registered place (a reference: files have no digest)"
        case UnlistedFiles():
            return "its files are not the registered ones; no manifest says which of them differ"
        case DifferentFiles(difference=difference):
            return _list_paths(difference)
        case DifferentReference(location=location):
            return f"the model at {safe_uri(location)} is not the one that was registered"
        case MissingModel(problem=problem) | Unreadable(problem=problem):
            return problem.message
        case NotComparable(reason="no-digest"):
            return "registered by hand: there is no digest to compare with"
        case NotComparable(reason="not-ready"):
            return "not ready: the server is still making it, or could not make it"
        case NotComparable(reason="deleted"):
            return "somebody deleted it while this command ran"
        case NotComparable():
            return "the model exists; the version that it was promoted from is gone"
        case _:
            assert_never(finding)


def _list_paths(difference: Difference) -> str:
    """Return `changed: a, b; missing: c`."""
    kinds = (
        ("changed", difference.changed),
        ("missing", difference.missing),
        ("added", difference.added),
    )
    return "; ".join(f"{kind}: {', '.join(paths)}" for kind, paths in kinds if paths)

"""Why a version is new: the files in which it differs from a version that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.references import is_reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import ObservedModel, ObservedVersion

__all__ = ["VersionDifference", "find_compared_version"]

MAX_FILES = 5
MAX_NAME = 200  # characters; the names come from a server


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """The files in which a new version differs from `version`.

    `files` has the first paths, `count` says how many there are. `is_saved_again` says that the one
    file is the MLmodel, with another `model_uuid` and time and nothing else.
    """

    version: int
    files: tuple[str, ...]
    count: int
    is_saved_again: bool = False

    @classmethod
    def compare(
        cls,
        version: int,
        old: Mapping[str, str],
        new: Mapping[str, str],
        *,
        mlmodel: str,
        is_same_mlmodel: bool,
    ) -> VersionDifference | None:
        """Return how `new` differs from `old`: path -> SHA-256; None where it does not.

        `mlmodel` is the path of the MLmodel; `is_same_mlmodel` says that what lasts in it is the
        same.
        """
        paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
        if not paths:
            return None
        shown = tuple(path[:MAX_NAME] for path in paths[:MAX_FILES])
        return cls(version, shown, len(paths), is_same_mlmodel and paths == [mlmodel])

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VersionDifference:
        """Return the difference of a plan file, which fits its schema."""
        return cls(
            values["version"], tuple(values["files"]), values["count"], values["saved_again"]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON values."""
        return {
            "version": self.version,
            "files": list(self.files),
            "count": self.count,
            "saved_again": self.is_saved_again,
        }


def find_compared_version(model: ObservedModel | None) -> ObservedVersion | None:
    """Return the version that a new one is compared with: the newest whose content is known."""
    known = (
        version
        for version in (() if model is None else model.ready_versions)
        if version.digest is not None and not is_reference(version.digest)
    )
    return max(known, key=lambda version: version.number, default=None)

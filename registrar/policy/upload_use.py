"""Which versions have their files in an upload: only one that no other version uses may be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.uris import VersionUri, canonical_uri, parse_source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from registrar.state import ObservedVersion, Stored

__all__ = ["find_users"]


def find_users(
    upload: Stored,
    versions: Iterable[tuple[str, ObservedVersion]],
    deleted: Collection[tuple[str, int]] = (),
) -> tuple[tuple[str, int], ...]:
    """Return (model, number) of all versions whose files lie in an upload; in doubt they do.

    `versions` are the candidates, each with its model.
    A version promoted by reference has the files of another one, which may be among the `deleted`.
    """
    candidates = tuple(versions)
    sources: set[tuple[str, int]] = {*deleted}
    users: set[tuple[str, int]] = set()
    while True:
        found = {
            (name, version.number)
            for name, version in candidates
            if _lies_in(version, upload) or _is_promoted(version, sources)
        }
        if found <= users:
            return tuple(sorted(users))
        users |= found
        sources |= found


def _lies_in(version: ObservedVersion, upload: Stored) -> bool:
    """Return whether a source names an upload by its id, or a place in it."""
    mark = upload.model_id or upload.run_id or ""
    location = canonical_uri(upload.location)
    return (
        mark in version.source
        or (upload.model_id is None and version.run_id == upload.run_id)
        or f"{canonical_uri(version.source)}/".startswith(f"{location}/")
    )


def _is_promoted(version: ObservedVersion, sources: Collection[tuple[str, int]]) -> bool:
    """Return whether a source names one of the versions; an alias may point to any of its model."""
    uri = parse_source(version.source)
    if not isinstance(uri, VersionUri):
        return False
    if uri.version is not None:
        return (uri.name, uri.version) in sources
    return any(name == uri.name for name, _ in sources)

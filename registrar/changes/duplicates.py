"""Duplicates: versions that a race or an interrupted run registered a second time.

Each function needs every version that carries the digest. A registry reads those of declared
digests even where it does not read a model completely.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.uris import LoggedModelUri, canonical_uri, parse_source

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion

__all__ = ["duplicates", "leftover_duplicates"]


def duplicates(
    digest: str | None, versions: Sequence[ObservedVersion]
) -> tuple[ObservedVersion, ...]:
    """Return the versions that registrar registered again although a lower one has the digest.

    Only versions that can be used count. A version stays out of it when somebody gave it an alias, a tag or another description, when it
    comes from another place, or when another entry of a configuration is pinned to it.
    """
    same = sorted(
        (v for v in versions if digest and v.digest == digest and v.is_ready),
        key=lambda version: version.number,
    )
    originals: dict[int | None, ObservedVersion] = {}
    for version in same:
        originals.setdefault(version.pinned, version)
    return tuple(v for v in same if _is_duplicate(v, originals[v.pinned]))


def leftover_duplicates(
    desired: DesiredModel,
    observed: ObservedModel,
    matched: Sequence[ObservedVersion | None],
    lost_aliases: Collection[str],
) -> tuple[tuple[ObservedVersion, ...], tuple[ObservedVersion, ...]]:
    """Return the duplicates that exist now, and those that the other changes of a plan leave.

    The first are deleted before all other changes. A duplicate has the description of its original;
    if the plan changed that first and were interrupted, nobody would recognize the duplicate again.
    The second are no duplicates yet: they lose an alias (one of `lost_aliases`) by the plan, or
    their original gets the description that they have. If they stayed, a second run would find
    something to do.
    """
    declared = {
        version.number: entry
        for entry, version in zip(desired.versions, matched, strict=True)
        if version is not None
    }
    digests = tuple(entry.digest for entry in declared.values())
    now = _undeclared_duplicates(digests, observed.versions, declared)
    after = tuple(
        _with_declared_fields(version, declared[version.number])
        if version.number in declared
        else replace(version, aliases=tuple(set(version.aliases) - set(lost_aliases)))
        for version in observed.versions
        if version not in now
    )
    return now, _undeclared_duplicates(digests, after, declared)


def _undeclared_duplicates(
    digests: Sequence[str], versions: Sequence[ObservedVersion], declared: Collection[int]
) -> tuple[ObservedVersion, ...]:
    return tuple(
        version
        for digest in dict.fromkeys(digests)  # two entries may be pinned to the same content
        for version in duplicates(digest, versions)
        if version.number not in declared
    )


def _is_duplicate(version: ObservedVersion, original: ObservedVersion) -> bool:
    return (
        version.number != original.number
        and not version.aliases
        and set(version.tags) <= {*(version.managed or ()), *version.provenance}
        and version.description == original.description
        and version.config == original.config
        and _has_same_source(version, original)
    )


def _has_same_source(version: ObservedVersion, original: ObservedVersion) -> bool:
    """Return whether both have the same source, or both were uploaded: each upload has its own."""
    sources = (version.source, original.source)
    return len(set(map(canonical_uri, sources))) == 1 or all(map(_is_upload, sources))


def _is_upload(source: str) -> bool:
    """Return whether a source looks like an upload: a logged model, or artifacts of a run."""
    is_logged_model = isinstance(parse_source(source), LoggedModelUri)
    return is_logged_model or source.endswith("/artifacts/model")


def _with_declared_fields(version: ObservedVersion, declared: DesiredVersion) -> ObservedVersion:
    """Return a matched version as it is after the plan, as far as duplicates depend on it."""
    description = declared.description
    return replace(
        version,
        digest=declared.digest,
        config=declared.config if version.digest is None else version.config,
        description=version.description if description is None else description,
    )

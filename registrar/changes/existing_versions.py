"""Entries that name a version by number, alias or digest: find that version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.lost_versions import find_by_place
from registrar.errors import ConfigError, Problem
from registrar.references import digest_of_place
from registrar.state import Existing, Source
from registrar.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.errors import RegistrarError
    from registrar.state import DesiredModel, DesiredVersion, ObservedVersion

__all__ = [
    "existing_source",
    "find_existing",
    "known_versions",
    "missing_versions",
    "with_found_sources",
]

MAX_LISTED = 10


def existing_source(model: str, number: int | None, digest: str | None) -> Source:
    """Return the source of an entry without a URI: a version of the model.

    The number is matched as the pin of its entry.
    """
    selector = f"@{digest}" if number is None else f"/{number}"
    return Source(f"models:/{model}{selector}", digest or "", existing=Existing(digest=digest))


def find_existing(
    existing: Existing, candidates: Sequence[ObservedVersion]
) -> ObservedVersion | None:
    """Return the lowest version that the entry means, or None."""
    if existing.error is not None and existing.digest is None:  # nothing else tells which is meant
        place = existing.place
        return None if place is None else find_by_place(existing, place, candidates)
    same = (version for version in candidates if _is_meant(existing, version))
    return min(same, key=lambda version: version.number, default=None)


def missing_versions(
    desired: DesiredModel,
    versions: Sequence[ObservedVersion],
    matched: Sequence[ObservedVersion | None],
) -> Iterator[Problem]:
    """Yield the problems of the versions that are named and are not there.

    Raises the error of a source that nobody could look at, and that was not registered before.
    """
    problems: list[Problem] = []
    errors: list[RegistrarError] = []
    for declared, match in zip(desired.versions, matched, strict=True):
        existing = declared.source.existing
        if existing is None or match is not None:
            continue
        match existing.error:
            case None:
                problems.append(_explain_missing(desired.name, declared, versions))
            case ConfigError():
                problems += existing.error.problems
            case _:
                errors.append(existing.error)
    if errors and not problems:
        raise errors[0]
    yield from problems


def with_found_sources(
    desired: DesiredModel, matched: Sequence[ObservedVersion | None]
) -> DesiredModel:
    """Return the model with what is known of the sources now that the versions are found."""
    return replace(
        desired,
        versions=tuple(
            declared if match is None else _with_found_source(declared, match)
            for declared, match in zip(desired.versions, matched, strict=True)
        ),
    )


def _is_meant(existing: Existing, version: ObservedVersion) -> bool:
    return (
        existing.number in {None, version.number}
        and (existing.alias is None or existing.alias in version.aliases)
        and existing.digest in {None, version.digest}
    )


def _with_found_source(declared: DesiredVersion, version: ObservedVersion) -> DesiredVersion:
    """Return the entry with the digest that its version has, and keeps.

    A version that somebody registered by hand gets that of the declared model, else of its place.
    """
    source = declared.source
    if source.existing is None:
        source = replace(source, digest=version.digest or source.digest)
    else:
        digest = version.digest or digest_of_place(version.source, run_id=version.run_id)
        source = replace(source, digest=digest, stored=version.source, run_id=version.run_id)
    return replace(declared, source=source)


def _explain_missing(
    name: str, declared: DesiredVersion, versions: Sequence[ObservedVersion]
) -> Problem:
    existing = declared.source.existing
    number = declared.pin if existing is None or existing.number is None else existing.number
    digest = existing.digest if existing else None
    alias = existing.alias if existing else None
    parts = (
        "" if number is None else f" {number}",
        "" if alias is None else f" with the alias '{alias}'",
        "" if digest is None else f" with the digest {digest}",
    )
    message = f"{name} has no version{''.join(parts)}"
    if alias is None or not versions:
        return Problem("version-not-found", message, known_versions(versions))
    known = sorted(alias for version in versions for alias in version.aliases)
    hint = f"Its aliases: {', '.join(known)}." if known else "It has no aliases."
    return Problem("version-not-found", message, hint, suggestion=nearest(alias, known))


def known_versions(versions: Sequence[ObservedVersion]) -> str:
    """Return the hint that lists the versions of a model."""
    if not versions:
        return "It has no version at all: register one with a uri first."
    numbers = sorted(version.number for version in versions)
    listed = ", ".join(map(str, numbers[-MAX_LISTED:]))
    earlier = len(numbers) - MAX_LISTED
    more = f", and {earlier} earlier ones" if earlier > 0 else ""
    return f"It has: {listed}{more}."

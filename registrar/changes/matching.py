"""Which versions on the server are the declared ones, and which are left-over doubles of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.errors import ConfigError, Problem, RefusedError
from registrar.uris import REFERENCE, canonical_uri, safe_uri

if TYPE_CHECKING:
    from collections.abc import Collection

    from registrar.state import Model, Version

__all__ = ["doubles", "is_from_same_place", "left_over", "match"]

VERSION = re.compile(r"models:/[^/@]+/[0-9]+")


def match(desired: Model, observed: Model | None) -> tuple[Version | None, ...]:
    """For each declared version the live one that it already is, if there is one.

    Raises RefusedError when a pinned one is not there, ConfigError when two are the same.
    """
    matched = tuple(_match(version, observed) for version in desired.versions)
    _guard_pins(desired, observed, matched)
    _guard_repeats(desired, matched)
    return matched


def doubles(digest: str | None, versions: tuple[Version, ...]) -> tuple[Version, ...]:
    """Versions that a race or a crash left behind: same digest as a lower one, and only ours.

    One that somebody has given a tag, a description of its own, an alias, or another source is
    not among them: it is left alone. So is one that another entry is pinned to.
    """
    same = sorted(
        (v for v in versions if v.digest == digest and digest), key=lambda v: v.number or 0
    )
    firsts: dict[int | None, Version] = {}
    for version in same:
        firsts.setdefault(version.pinned, version)
    return tuple(
        version
        for version in same
        if (first := firsts[version.pinned]) is not version
        and not version.aliases
        and version.managed is not None
        and set(version.tags or ()) <= {*version.managed, *(version.birth or ())}
        and version.description == first.description
        and version.config == first.config
        and _same_origin(version.source, first.source)
    )


def left_over(
    desired: Model,
    observed: Model,
    matched: tuple[Version | None, ...],
    leaving: Collection[str],
) -> tuple[tuple[Version, ...], tuple[Version, ...]]:
    """Doubles of what is declared: those there are, and those there would be after all changes.

    A version can become a double when the lowest gets its description, or `leaving` aliases go.
    Without the second a plan carried out would leave something to do; without the first, a
    description changed by a run that is killed would hide a double for good.
    """
    declared = {
        found.number: version
        for version, found in zip(desired.versions, matched, strict=True)
        if found is not None
    }
    digests = [version.digest for version in declared.values()]

    def found_in(versions: tuple[Version, ...]) -> tuple[Version, ...]:
        found = [double for digest in digests for double in doubles(digest, versions)]
        return tuple(double for double in found if double.number not in declared)

    now = found_in(observed.versions)
    after = tuple(
        _as_declared(version, declared[version.number])
        if version.number in declared
        else replace(version, aliases=tuple(set(version.aliases or ()) - set(leaving)))
        for version in observed.versions
        if version not in now
    )
    return now, found_in(after)


def _as_declared(found: Version, declared: Version) -> Version:
    described = declared.description is not None
    return replace(
        found,
        digest=declared.digest,
        config=declared.config if found.digest is None else found.config,
        description=declared.description if described else found.description,
    )


def _same_origin(one: str, other: str) -> bool:
    return canonical_uri(one) == canonical_uri(other) or (_uploaded(one) and _uploaded(other))


def _uploaded(source: str) -> bool:
    """Whether `source` has the form of an upload: a logged model, or a run's artifacts."""
    return source.startswith("models:/m-") or source.endswith("/artifacts/model")


def _match(version: Version, observed: Model | None) -> Version | None:
    """The live version that already is what `version` declares: by digest, else by place."""
    live = sorted(observed.versions, key=lambda v: v.number or 0) if observed else []
    if version.number is not None:
        # Where a dump was restored, the numbers may be others: the tag has the one of the pin.
        restored = [other for other in live if other.pinned == version.number]
        live = restored or [v for v in live if v.number == version.number and v.pinned is None]
    for other in live:
        if other.digest == version.digest:
            return other
    return next((other for other in live if is_from_same_place(version, other)), None)


def is_from_same_place(version: Version, other: Version) -> bool:
    """Whether `other`, on the server, is what `version` declares although no digest says so."""
    if not _same_place(version, other):
        return False
    if version.number is not None:  # a pin says which one is meant
        return True
    same_run = (other.run_id or None) == (version.run_id or None)
    return same_run and _may_stand_for(other, version)


def _same_place(version: Version, other: Version) -> bool:
    spellings = version.origin.spellings if version.origin else (version.source,)
    return canonical_uri(other.source) in {canonical_uri(uri) for uri in spellings}


def _may_stand_for(other: Version, version: Version) -> bool:
    """Whether a version from the same place is the declared one although no digest says so.

    One registered by hand has none. Another version's content never changes, whatever digest it
    was given since; nor does what registrar uploaded, which a reference may name. A model that was
    not looked at can not be told from the one that was.
    """
    if other.digest is None or VERSION.fullmatch(canonical_uri(other.source)):
        return True
    if (version.digest or "").startswith(REFERENCE) and not other.digest.startswith(REFERENCE):
        return True
    unseen = version.origin is not None and not version.origin.verified
    return unseen and other.digest.startswith(REFERENCE)


def _guard_pins(
    desired: Model, observed: Model | None, matched: tuple[Version | None, ...]
) -> None:
    """A pin names a version that is there.

    But where a dump is restored, its entries are made anew, in order: the registry then has no
    version of the model, or those of the entries before.
    """
    live = observed.versions if observed else ()
    last = max((entry for entry, match in enumerate(matched) if match is not None), default=-1)
    claimed = {match.number for match in matched if match is not None}
    others = [v for v in live if v.number not in claimed]
    RefusedError.raise_for(
        Problem(
            "todo",
            f"{desired.name}: version {version.number} is not on the server with what "
            f"{safe_uri(version.source)} holds",
            "Take the pin out; MLflow gives the numbers.",
        )
        for entry, (version, match) in enumerate(zip(desired.versions, matched, strict=True))
        if version.number is not None
        and match is None
        and (
            entry < last
            or not _is_dump(desired)
            or any(v.pinned is None for v in live)
            or any(v.digest == version.digest or _same_place(version, v) for v in others)
        )
    )


def _is_dump(desired: Model) -> bool:
    """Whether the pinned entries come first and in order, so that they can be made one by one."""
    numbers = [version.number for version in desired.versions]
    pins = [number for number in numbers if number is not None]
    return numbers[: len(pins)] == pins == sorted(set(pins))


def _guard_repeats(desired: Model, matched: tuple[Version | None, ...]) -> None:
    """Two entries that are one version would each undo what the other asks for."""
    first: dict[object, str] = {}
    found = []
    for version, match in zip(desired.versions, matched, strict=True):
        source = safe_uri(version.source)
        same = match.number if match else (version.digest, version.number)
        if same in first:
            message = f"{desired.name}: {source} is the same version as {first[same]} above it"
            found.append(Problem("todo", message, "Keep one of the two."))
        first.setdefault(same, source)
    ConfigError.raise_for(found)

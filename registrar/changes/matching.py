"""Which versions on the server are the declared ones, and which are left-over doubles of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.errors import ConfigError, Problem, RefusedError
from registrar.uris import (
    REFERENCE,
    LoggedModelUri,
    VersionUri,
    canonical_uri,
    parse_source,
    safe_uri,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion

__all__ = ["duplicates", "is_from_same_place", "leftover_duplicates", "match", "needs_all_versions"]


def match(
    desired: DesiredModel, observed: ObservedModel | None
) -> tuple[ObservedVersion | None, ...]:
    """For each declared version the live one that it already is, if there is one.

    Raises RefusedError when a pinned one is not there, ConfigError when two are the same.
    """
    if observed is not None and needs_all_versions(desired):
        assert observed.complete, "a pin is matched among all versions"
    matched = tuple(_match(version, observed) for version in desired.versions)
    _guard_pins(desired, observed, matched)
    _guard_repeats(desired, matched)
    return matched


def needs_all_versions(desired: DesiredModel) -> bool:
    """Return whether `match` needs to see every version of the observed model.

    A pin is matched by its number, and by what the other versions are pinned to.
    """
    return any(version.pin is not None for version in desired.versions)


def duplicates(
    digest: str | None, versions: tuple[ObservedVersion, ...]
) -> tuple[ObservedVersion, ...]:
    """Versions that a race or a crash left behind: same digest as a lower one, and only ours.

    One that somebody has given a tag, a description of its own, an alias, or another source is
    not among them: it is left alone. So is one that another entry is pinned to.
    """
    same = sorted((v for v in versions if v.digest == digest and digest), key=lambda v: v.number)
    firsts: dict[int | None, ObservedVersion] = {}
    for version in same:
        firsts.setdefault(version.pinned, version)
    return tuple(
        version
        for version in same
        if (first := firsts[version.pinned]) is not version
        and not version.aliases
        and version.managed is not None
        and set(version.tags) <= {*version.managed, *version.provenance}
        and version.description == first.description
        and version.config == first.config
        and _same_origin(version.source, first.source)
    )


def leftover_duplicates(
    desired: DesiredModel,
    observed: ObservedModel,
    matched: tuple[ObservedVersion | None, ...],
    leaving: Collection[str],
) -> tuple[tuple[ObservedVersion, ...], tuple[ObservedVersion, ...]]:
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

    def found_in(versions: tuple[ObservedVersion, ...]) -> tuple[ObservedVersion, ...]:
        found = [double for digest in digests for double in duplicates(digest, versions)]
        return tuple(double for double in found if double.number not in declared)

    now = found_in(observed.versions)
    after = tuple(
        _as_declared(version, declared[version.number])
        if version.number in declared
        else replace(version, aliases=tuple(set(version.aliases) - set(leaving)))
        for version in observed.versions
        if version not in now
    )
    return now, found_in(after)


def _as_declared(found: ObservedVersion, declared: DesiredVersion) -> ObservedVersion:
    return replace(
        found,
        digest=declared.digest,
        config=declared.config if found.digest is None else found.config,
        description=(found.description if declared.description is None else declared.description),
    )


def _same_origin(one: str, other: str) -> bool:
    return canonical_uri(one) == canonical_uri(other) or (_uploaded(one) and _uploaded(other))


def _uploaded(source: str) -> bool:
    """Whether `source` has the form of an upload: a logged model, or a run's artifacts."""
    return isinstance(parse_source(source), LoggedModelUri) or source.endswith("/artifacts/model")


def _match(version: DesiredVersion, observed: ObservedModel | None) -> ObservedVersion | None:
    """The live version that already is what `version` declares: by digest, else by place."""
    live = sorted(observed.versions, key=lambda v: v.number) if observed else []
    if version.pin is not None:
        # Where a dump was restored, the numbers may be others: the tag has the one of the pin.
        restored = [other for other in live if other.pinned == version.pin]
        live = restored or [v for v in live if v.number == version.pin and v.pinned is None]
    for other in live:
        if other.digest == version.digest:
            return other
    return next((other for other in live if is_from_same_place(version, other)), None)


def is_from_same_place(version: DesiredVersion, other: ObservedVersion) -> bool:
    """Whether `other`, on the server, is what `version` declares although no digest says so."""
    if not _same_place(version, other):
        return False
    if version.pin is not None:  # a pin says which one is meant
        return True
    same_run = (other.run_id or None) == (version.source.run_id or None)
    return same_run and _is_same_model(other, version)


def _same_place(version: DesiredVersion, other: ObservedVersion) -> bool:
    return canonical_uri(other.source) in {canonical_uri(uri) for uri in version.source.spellings}


def _is_same_model(other: ObservedVersion, version: DesiredVersion) -> bool:
    """Whether a version from the same place is the declared one although no digest says so.

    One registered by hand has none. Another version's content never changes, whatever digest it
    was given since; nor does what registrar uploaded, which a reference may name. A model that was
    not looked at can not be told from the one that was.
    """
    if other.digest is None or isinstance(parse_source(other.source), VersionUri):
        return True
    if version.digest.startswith(REFERENCE) and not other.digest.startswith(REFERENCE):
        return True
    return not version.source.verified and other.digest.startswith(REFERENCE)


def _guard_pins(
    desired: DesiredModel,
    observed: ObservedModel | None,
    matched: tuple[ObservedVersion | None, ...],
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
            f"{desired.name}: version {version.pin} is not on the server with what "
            f"{safe_uri(version.source.uri)} holds",
            "Take the pin out; MLflow gives the numbers.",
        )
        for entry, (version, match) in enumerate(zip(desired.versions, matched, strict=True))
        if version.pin is not None
        and match is None
        and (
            entry < last
            or not _is_dump(desired)
            or any(v.pinned is None for v in live)
            or any(v.digest == version.digest or _same_place(version, v) for v in others)
        )
    )


def _is_dump(desired: DesiredModel) -> bool:
    """Whether the pinned entries come first and in order, so that they can be made one by one."""
    numbers = [version.pin for version in desired.versions]
    pins = [number for number in numbers if number is not None]
    return numbers[: len(pins)] == pins == sorted(set(pins))


def _guard_repeats(desired: DesiredModel, matched: tuple[ObservedVersion | None, ...]) -> None:
    """Two entries that are one version would each undo what the other asks for."""
    first: dict[object, str] = {}
    found = []
    for version, match in zip(desired.versions, matched, strict=True):
        source = safe_uri(version.source.uri)
        same = match.number if match else (version.digest, version.pin)
        if same in first:
            message = f"{desired.name}: {source} is the same version as {first[same]} above it"
            found.append(Problem("todo", message, "Keep one of the two."))
        first.setdefault(same, source)
    ConfigError.raise_for(found)

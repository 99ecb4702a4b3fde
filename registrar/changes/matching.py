"""Matching: which version on the server is the one that a configuration declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.existing_versions import find_existing, known_versions, missing_versions
from registrar.changes.readiness import explain_not_ready
from registrar.errors import ConfigError, Problem, ServerError
from registrar.references import is_reference, place_of, run_of_location
from registrar.uris import LoggedModelUri, VersionUri, parse_source, safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion

__all__ = ["awaited_versions", "is_from_same_place", "match_versions", "needs_all_versions"]


def match_versions(
    desired: DesiredModel, observed: ObservedModel | None
) -> tuple[ObservedVersion | None, ...]:
    """Return the version on the server for each declared version, or None where there is none.

    Raises ConfigError when a version that an entry names is not there, or has other content than
    the entry says, and when two entries declare the same version. Raises ServerError when the
    server is still making a declared version, and when an entry names a failed version.
    """
    if observed is not None and needs_all_versions(desired):
        assert observed.complete, "pins are matched among all versions"
    versions = observed.ready_versions if observed is not None else ()
    matched = tuple(_match_version(version, versions) for version in desired.versions)
    if observed is not None:
        ServerError.raise_for(_unready_problems(desired, observed, matched))
    ConfigError.raise_for(
        [
            *missing_versions(desired, versions, matched),
            *_missing_pins(desired, versions, matched),
        ]
    )
    ConfigError.raise_for(_repeated_versions(desired, matched))
    return matched


def awaited_versions(desired: DesiredModel, observed: ObservedModel) -> list[ObservedVersion]:
    """Return the versions that the server is still making and that an entry declares.

    A second version would be created for such an entry.
    """
    pending = [version for version in observed.versions if version.is_pending]
    if not pending:
        return []
    ready = observed.ready_versions
    open_entries = (v for v in desired.versions if _match_version(v, ready) is None)
    found = (_match_version(declared, pending) for declared in open_entries)
    return [version for version in found if version is not None]


def _unready_problems(
    desired: DesiredModel, observed: ObservedModel, matched: Sequence[ObservedVersion | None]
) -> Iterator[Problem]:
    """Yield a problem for each entry that means a version which cannot be used.

    A version that the server could not make is in nobody's way, unless an entry names it.
    """
    for version in awaited_versions(desired, observed):
        yield explain_not_ready(desired.name, version)
    failed = [v for v in observed.versions if not v.is_ready and not v.is_pending]
    for declared, match in zip(desired.versions, matched, strict=True):
        is_named = declared.pin is not None or declared.source.existing is not None
        found = _match_version(declared, failed) if match is None and is_named else None
        if found is not None:
            yield explain_not_ready(desired.name, found)


def needs_all_versions(desired: DesiredModel) -> bool:
    """Return whether `match_versions` needs to see every version of the observed model.

    A pin is matched by its number, and by what the other versions are pinned to. A copy of a model
    without a content digest is recognised by the lineage that is on a version. What came from a
    place that is gone is told by its run, or by the end of its source.
    """
    return any(
        version.pin is not None or _has_no_content(version) or _is_lost(version)
        for version in desired.versions
    )


def _is_lost(version: DesiredVersion) -> bool:
    """Return whether the place that the version came from is gone."""
    return version.source.existing is not None and version.source.existing.place is not None


def is_from_same_place(declared: DesiredVersion, version: ObservedVersion) -> bool:
    """Return whether `version` is the declared one although its digest does not say so."""
    if not _has_declared_source(declared, version):
        return False
    if declared.pin is not None:  # a pin says which one is meant
        return True
    return _is_of_declared_run(declared, version) and _may_have_same_content(declared, version)


def _has_no_content(declared: DesiredVersion) -> bool:
    upstream = declared.source.upstream
    return upstream is not None and upstream.content_digest is None


def _match_version(
    declared: DesiredVersion, versions: Sequence[ObservedVersion]
) -> ObservedVersion | None:
    """Return the lowest version with the declared digest, else the lowest from the same place.

    A digest that an earlier registrar has given to the same model counts as much.
    """
    candidates = sorted(versions, key=lambda version: version.number)
    if declared.pin is not None:
        candidates = _pinned_versions(declared.pin, candidates)
    if declared.source.existing is not None:
        return find_existing(declared.source.existing, candidates)
    for digests in ({declared.digest}, declared.source.other_digests):
        for version in candidates:
            if version.digest in digests:
                return version
    return next((v for v in candidates if is_from_same_place(declared, v)), None)


def _pinned_versions(pin: int, versions: Sequence[ObservedVersion]) -> list[ObservedVersion]:
    """Return the versions that a pin may mean.

    A server that a dump was restored to may have given other numbers than the pins say. There, the
    tag of a version holds the number of its pin.
    """
    restored = [version for version in versions if version.pinned == pin]
    return restored or [v for v in versions if v.number == pin and v.pinned is None]


def _has_declared_source(declared: DesiredVersion, version: ObservedVersion) -> bool:
    return place_of(version.source) in map(place_of, declared.source.spellings)


def _is_of_declared_run(declared: DesiredVersion, version: ObservedVersion) -> bool:
    """Return whether both are of one run; a logged model is of one run only, and so is a folder."""
    if isinstance(parse_source(version.source), LoggedModelUri):
        return True
    run_id = version.run_id or run_of_location(version.source)
    source = declared.source
    return run_id == (source.run_id or run_of_location(source.stored or source.uri))


def _may_have_same_content(declared: DesiredVersion, version: ObservedVersion) -> bool:
    """Return whether a version from the declared source can hold the declared content.

    It can when nobody has recorded its digest, or when its source is another version: the content
    of a version never changes. It can when the configuration refers to what registrar uploaded, and
    when the configuration asks not to look at the model.
    """
    if version.digest is None or _is_version(version.source):
        return True
    if is_reference(declared.digest) and not is_reference(version.digest):
        return True
    return is_reference(version.digest) and not declared.source.verified


def _is_version(source: str) -> bool:
    """Return whether a source is a version by its number; an alias may move."""
    uri = parse_source(source)
    return isinstance(uri, VersionUri) and uri.version is not None


def _missing_pins(
    desired: DesiredModel,
    versions: Sequence[ObservedVersion],
    matched: Sequence[ObservedVersion | None],
) -> Iterator[Problem]:
    """Yield a problem for each pinned version that is not there and may not be created.

    Pinned versions may be created where a dump is restored: in order, on a server that has no
    version of the model, or those of the entries before.
    """
    last = max((entry for entry, match in enumerate(matched) if match is not None), default=-1)
    claimed = {match.number for match in matched if match is not None}
    unclaimed = [version for version in versions if version.number not in claimed]
    restores = _is_dump(desired) and all(version.pinned is not None for version in versions)
    for entry, (declared, match) in enumerate(zip(desired.versions, matched, strict=True)):
        if declared.pin is None or match is not None or declared.source.existing is not None:
            continue
        has_twin = any(
            v.digest == declared.digest or _has_declared_source(declared, v) for v in unclaimed
        )
        if entry < last or not restores or has_twin:
            yield Problem(
                "pin-not-found",
                f"{desired.name}: the server has no version {declared.pin} with the content of "
                f"{safe_uri(declared.source.uri)}",
                _explain_pin(declared.pin, versions),
            )


def _explain_pin(pin: int, versions: Sequence[ObservedVersion]) -> str:
    """Return what to do about a pin that does not fit."""
    if _pinned_versions(pin, versions):
        return "The two contradict each other: keep one of them."
    return f"Remove the pin: MLflow chooses the version numbers. {known_versions(versions)}"


def _is_dump(desired: DesiredModel) -> bool:
    """Return whether the pinned entries come first and in order, as `dump` writes them."""
    numbers = [version.pin for version in desired.versions]
    pins = [number for number in numbers if number is not None]
    return numbers[: len(pins)] == pins == sorted(set(pins))


def _repeated_versions(
    desired: DesiredModel, matched: Sequence[ObservedVersion | None]
) -> Iterator[Problem]:
    """Yield a problem for each entry that declares the version of an entry above it.

    Each of the two would undo what the other one asks for. Only pins tell two new versions of one
    content apart: an entry without a pin would mean the lowest of them afterwards.
    """
    known: dict[int, str] = {}
    new: dict[str, dict[int | None, str]] = {}
    for declared, match in zip(desired.versions, matched, strict=True):
        source = safe_uri(declared.source.uri)
        if match is not None:
            repeated = known.get(match.number)
            known.setdefault(match.number, source)
        else:
            pins = new.setdefault(declared.digest, {})
            repeated = pins.get(declared.pin, pins.get(None))
            if declared.pin is None:
                repeated = next(iter(pins.values()), None)
            pins.setdefault(declared.pin, source)
        if repeated is not None:
            yield Problem(
                "repeated-version",
                f"{desired.name}: {source} is the same version as {repeated} above it",
                "Keep one of the two.",
            )

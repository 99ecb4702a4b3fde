"""Desired against observed: which changes make the registry match, and in which order.

The order keeps every prefix safe, because a run may be killed after any write: the model, then
each version with its tags in one call, other tags, descriptions, aliases; what leaves comes last.
`registrar_managed` grows before a key is set and shrinks after it is removed, so nothing that
registrar set is ever forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.errors import Problem, RefusedError
from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    MANAGED_TAG,
    Change,
    Model,
    ModelPlan,
    Version,
    canonical_json,
)
from registrar.uris import canonical_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["diff", "doubles", "managed_text", "parent_tags", "version_tags"]

PARENT = "registered_model."
PROMPT = "mlflow.prompt.is_prompt"


def diff(
    config: str, desired: Model, observed: Model | None, origin: str | None = None
) -> ModelPlan:
    """The plan that turns `observed` into `desired`. Raises RefusedError where a guard holds."""
    if observed is not None and (observed.tags or {}).get(PROMPT) == "true":
        message = f"'{desired.name}' is the name of a prompt on this server"
        raise RefusedError(Problem(message, "Choose another name for the model."))
    matched = tuple(_match(version, observed) for version in desired.versions)
    _guard_pins(desired, matched)
    before, after = _parent(desired, observed)
    changes = [*before]
    for entry, (version, match) in enumerate(zip(desired.versions, matched, strict=True)):
        changes += _version(entry, version, match)
    changes += _aliases(desired, observed, matched)
    changes += after
    changes += _doubled(matched, observed)
    return ModelPlan(
        config=config,
        desired=desired,
        observed=observed,
        matches=tuple(match.number if match else None for match in matched),
        changes=tuple(changes),
        notes=tuple(_notes(desired, observed, matched)),
        origin=origin,
    )


def managed_text(managed: tuple[str, ...] | set[str]) -> str:
    """The value of the `registrar_managed` tag."""
    return canonical_json(sorted(managed))


def parent_tags(desired: Model) -> dict[str, str]:
    """All tags a new registered model is created with."""
    managed = set(desired.tags or ()) | {f"@{alias}" for alias in desired.aliases}
    return {**(desired.tags or {}), MANAGED_TAG: managed_text(managed)}


def version_tags(version: Version) -> dict[str, str]:
    """All tags a new version is created with: complete from its first moment."""
    return {
        **(version.tags or {}),
        DIGEST_TAG: version.digest or "",
        MANAGED_TAG: managed_text(set(version.tags or ())),
        CONFIG_TAG: version.config or "",
    }


def doubles(digest: str | None, versions: tuple[Version, ...]) -> tuple[Version, ...]:
    """Versions that a race or a crash left behind: same digest as a lower one, and only ours.

    One that somebody has given a tag, a description of its own, an alias, or another source is
    not among them: it is left alone.
    """
    same = sorted(
        (v for v in versions if v.digest == digest and digest), key=lambda v: v.number or 0
    )
    if not same:
        return ()
    first = same[0]
    return tuple(
        version
        for version in same[1:]
        if not version.aliases
        and version.managed is not None
        and set(version.tags or ()) <= set(version.managed)
        and version.description == first.description
        and version.config == first.config
        and _same_origin(version.source, first.source)
    )


def _same_origin(one: str, other: str) -> bool:
    return canonical_uri(one) == canonical_uri(other) or (_uploaded(one) and _uploaded(other))


def _uploaded(source: str) -> bool:
    """Whether `source` has the form of an upload: a logged model, or a run's artifacts."""
    return source.startswith("models:/m-") or source.endswith("/artifacts/model")


def _match(version: Version, observed: Model | None) -> Version | None:
    """The live version that already is what `version` declares, see "Matching" in the README."""
    live = sorted(observed.versions, key=lambda v: v.number or 0) if observed else []
    if version.number is not None:
        live = [other for other in live if other.number == version.number]
    for other in live:
        if other.digest == version.digest:
            return other
    spellings = version.origin.spellings if version.origin else (version.source,)
    wanted = {canonical_uri(uri) for uri in spellings}
    for other in live:
        same_run = (other.run_id or None) == (version.run_id or None)
        if other.digest is None and canonical_uri(other.source) in wanted and same_run:
            return other
    return None


def _guard_pins(desired: Model, matched: tuple[Version | None, ...]) -> None:
    RefusedError.raise_for(
        Problem(
            f"{desired.name}: version {version.number} is not on the server with what "
            f"{version.source} holds",
            "Take the pin out; MLflow gives the numbers.",
        )
        for version, match in zip(desired.versions, matched, strict=True)
        if version.number is not None and match is None
    )


def _parent(desired: Model, observed: Model | None) -> tuple[list[Change], list[Change]]:
    """Changes of the registered model itself: those made first, and those made last."""
    if observed is None:
        after = {
            "name": desired.name,
            "description": desired.description or "",
            "tags": parent_tags(desired),
        }
        return [Change("create", "model", None, None, after)], []
    first: list[Change] = []
    owned = set(observed.managed or ())
    ours = {key for key in owned if not key.startswith("@")}
    aliases = owned - ours
    keys = ours if desired.tags is None else set(desired.tags)
    if any(version.aliases is not None for version in desired.versions):
        named = {f"@{alias}" for alias in desired.aliases}
    else:
        named = aliases
    grown, final = owned | keys | named, keys | named
    if grown != owned:
        first.append(_tag(PARENT + "tags.", MANAGED_TAG, _owned(observed.managed), grown))
    first += _tags(PARENT + "tags.", desired.tags, observed.tags or {})
    if desired.description is not None and desired.description != (observed.description or ""):
        before = observed.description or ""
        first.append(
            Change("update", "description", PARENT + "description", before, desired.description)
        )
    last = [
        Change("remove", "tag", PARENT + "tags." + key, (observed.tags or {})[key])
        for key in sorted(ours - keys)
        if key in (observed.tags or {})
    ]
    last += [
        Change("remove", "alias", alias, observed.aliases[alias])
        for alias in sorted(key[1:] for key in aliases - named)
        if alias in observed.aliases
    ]
    if final != grown:
        last.append(_tag(PARENT + "tags.", MANAGED_TAG, managed_text(grown), final))
    return first, last


def _version(entry: int, desired: Version, match: Version | None) -> Iterator[Change]:
    if match is None:
        after = {
            "digest": desired.digest,
            "source": desired.source,
            "run_id": desired.run_id,
            "description": desired.description or "",
            "tags": version_tags(desired),
            "bytes": desired.origin.size if desired.origin else 0,
        }
        yield Change("create", "version", None, None, after, entry=entry)
        return
    number = match.number
    owned = set(match.managed or ())
    keys = owned if desired.tags is None else set(desired.tags)
    if match.digest is None:
        tags = {
            MANAGED_TAG: managed_text(owned | keys),
            CONFIG_TAG: desired.config or "",
            DIGEST_TAG: desired.digest or "",
        }
        yield Change("adopt", "version", None, None, tags, version=number, entry=entry)
    elif (owned | keys) != owned:
        change = _tag("metadata.", MANAGED_TAG, _owned(match.managed), owned | keys)
        yield _of(change, number, entry)
    for change in _tags("metadata.", desired.tags, match.tags or {}):
        yield _of(change, number, entry)
    if desired.description is not None and desired.description != (match.description or ""):
        before = match.description or ""
        change = Change("update", "description", "description", before, desired.description)
        yield _of(change, number, entry)
    for key in sorted(owned - keys):
        if key in (match.tags or {}):
            change = Change("remove", "tag", "metadata." + key, (match.tags or {})[key])
            yield _of(change, number, entry)
    if keys != owned | keys:
        change = _tag("metadata.", MANAGED_TAG, managed_text(owned | keys), keys)
        yield _of(change, number, entry)


def _aliases(
    desired: Model, observed: Model | None, matched: tuple[Version | None, ...]
) -> Iterator[Change]:
    current = observed.aliases if observed else {}
    for entry, (version, match) in enumerate(zip(desired.versions, matched, strict=True)):
        target = match.number if match else None
        for alias in version.aliases or ():
            if alias not in current:
                yield Change("create", "alias", alias, None, target, target, entry)
            elif target is None or current[alias] != target:
                yield Change("move", "alias", alias, current[alias], target, target, entry)


def _doubled(matched: tuple[Version | None, ...], observed: Model | None) -> Iterator[Change]:
    """What a killed run left twice is removed: the lowest number stays."""
    for match in matched:
        if match and match.digest and observed:
            for version in doubles(match.digest, observed.versions):
                before = {"digest": version.digest, "source": version.source}
                yield Change("remove", "version", None, before, None, version.number)


def _notes(
    desired: Model, observed: Model | None, matched: tuple[Version | None, ...]
) -> Iterator[str]:
    for version, match in zip(desired.versions, matched, strict=True):
        if version.origin and not version.origin.verified:
            yield f"{version.source} was not looked at (verify: false)"
        if version.origin and version.origin.note and match is None:
            yield version.origin.note
    if (
        observed
        and desired.tags is None
        and any(not k.startswith("@") for k in observed.managed or ())
    ):
        yield "registered_model.tags is left out: tags set earlier stay; write {} to remove them"
    for version, match in zip(desired.versions, matched, strict=True):
        if match and match.managed and version.tags is None:
            yield "metadata is left out: tags set earlier stay; write {} to remove them"


def _tags(prefix: str, desired: Mapping[str, str] | None, have: Mapping[str, str]) -> list[Change]:
    return [
        Change("update" if key in have else "create", "tag", prefix + key, have.get(key), value)
        for key, value in (desired or {}).items()
        if have.get(key) != value
    ]


def _tag(prefix: str, key: str, before: str | None, after: set[str]) -> Change:
    return Change(
        "create" if before is None else "update", "tag", prefix + key, before, managed_text(after)
    )


def _owned(managed: tuple[str, ...] | None) -> str | None:
    return None if managed is None else managed_text(managed)


def _of(change: Change, number: int | None, entry: int) -> Change:
    return Change(
        change.action, change.kind, change.field, change.before, change.after, number, entry
    )

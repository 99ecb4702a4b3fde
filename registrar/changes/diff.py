"""Desired against observed: which changes make the registry match, and in which order.

The order keeps every prefix safe, because a run may be killed after any write: the model, the
versions, each with its tags in one call, other tags, descriptions, aliases; what leaves comes
last. `registrar_managed` grows before a key is set and shrinks after it is removed, so nothing
that registrar set is ever forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.changes.matching import leftover_duplicates, match
from registrar.errors import Problem, RefusedError
from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    OWNER_TAG,
    PINNED_TAG,
    PROVENANCE_TAG,
    Change,
    DesiredModel,
    DesiredVersion,
    ModelPlan,
    ObservedModel,
    ObservedVersion,
)
from registrar.text import canonical_json
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from registrar.state import Action, Kind

__all__ = ["add_provenance", "diff", "managed_text", "parent_tags", "version_tags"]


def diff(
    config: str, desired: DesiredModel, observed: ObservedModel | None, origin: str | None = None
) -> ModelPlan:
    """The plan that turns `observed` into `desired`.

    Raises RefusedError where a guard holds, ConfigError when one version is declared twice.
    """
    if observed is not None and observed.is_prompt:
        message = f"'{desired.name}' is the name of a prompt on this server"
        raise RefusedError(Problem("todo", message, "Choose another name for the model."))
    matched = match(desired, observed)
    present = tuple(_present(desired, observed, matched))
    now: tuple[ObservedVersion, ...] = ()
    then: tuple[ObservedVersion, ...] = ()
    if observed is not None:
        leaving = {*desired.aliases, *(name[1:] for name in present[0].gone if name[0] == "@")}
        now, then = leftover_duplicates(desired, observed, matched, leaving)
    changes = (
        *_models(desired, observed),
        *map(_removed, now),
        *(change for one in present[:1] for change in one.adoption()),
        *_versions(desired, matched),
        *(change for one in present[1:] for change in one.adoption()),
        *(change for one in present for change in one.tags()),
        *(change for one in present for change in one.descriptions()),
        *_aliases(desired, observed, matched),
        *(change for one in present for change in one.leaving()),
        *map(_removed, then),
    )
    return ModelPlan(
        config=config,
        desired=desired,
        observed=observed,
        matches=tuple(found.number if found else None for found in matched),
        changes=changes,
        notes=tuple(_notes(desired, observed, matched)),
        origin=origin,
    )


def add_provenance(plan: ModelPlan, provenance: Mapping[int, Mapping[str, str]]) -> ModelPlan:
    """The plan whose new versions also carry what `provenance` says of them, by entry.

    Declared tags win over those; versions that are matched are left as they are.
    """
    versions = tuple(
        replace(version, provenance=provenance.get(entry))
        for entry, version in enumerate(plan.desired.versions)
    )
    changes = tuple(
        replace(change, after={**change.after, "tags": version_tags(versions[change.entry or 0])})
        if change.kind == "version" and change.action == "create"
        else change
        for change in plan.changes
    )
    return replace(plan, desired=replace(plan.desired, versions=versions), changes=changes)


def managed_text(managed: Collection[str]) -> str:
    """The value of the `registrar_managed` tag."""
    return canonical_json(sorted(managed))


def parent_tags(desired: DesiredModel) -> dict[str, str]:
    """All tags a new registered model is created with."""
    managed = set(desired.tags or ()) | {f"@{alias}" for alias in desired.aliases}
    owner = {} if desired.owner is None else {OWNER_TAG: desired.owner}
    return {**(desired.tags or {}), MANAGED_TAG: managed_text(managed), **owner}


def version_tags(version: DesiredVersion) -> dict[str, str]:
    """All tags a new version is created with: complete from its first moment."""
    declared = version.tags or {}
    provenance = {
        key: text for key, text in (version.provenance or {}).items() if key not in declared
    }
    return {
        **declared,
        **provenance,
        DIGEST_TAG: version.digest,
        MANAGED_TAG: managed_text(declared),
        CONFIG_TAG: version.config,
        **({PROVENANCE_TAG: managed_text(provenance)} if provenance else {}),
        **_rare_tags(version),
    }


def _rare_tags(version: DesiredVersion) -> dict[str, str]:
    lineage = {} if version.lineage is None else {LINEAGE_TAG: version.lineage}
    pinned = {} if version.pin is None else {PINNED_TAG: str(version.pin)}
    return {**lineage, **pinned}


@dataclass(frozen=True, slots=True)
class _Present:
    """A model or a version that is both declared and on the server.

    `kept` are the names that registrar answers for afterwards: tag keys, and `@alias`.
    """

    desired: DesiredModel | DesiredVersion
    found: ObservedModel | ObservedVersion
    kept: frozenset[str]
    number: int | None = None
    entry: int | None = None

    @property
    def owned(self) -> frozenset[str]:
        """The names that registrar has set."""
        return frozenset(self.found.managed or ())

    @property
    def gone(self) -> frozenset[str]:
        """Those of them that the configuration no longer names."""
        return self.owned - self.kept

    @property
    def foreign(self) -> bool:
        """Whether this is a version that registrar has not made."""
        return isinstance(self.found, ObservedVersion) and self.found.digest is None

    def adoption(self) -> Iterator[Change]:
        """What somebody registered by hand carries registrar's own tags."""
        if isinstance(self.found, ObservedModel) and self.found.managed is None and self.kept:
            kept = {MANAGED_TAG: managed_text(self.kept)}
            yield self._change("adopt", "model", None, None, kept)
        if self.foreign and isinstance(self.desired, DesiredVersion):
            tags = {
                MANAGED_TAG: managed_text(self.owned | self.kept),
                CONFIG_TAG: self.desired.config,
                **_rare_tags(self.desired),
                DIGEST_TAG: self.desired.digest,
            }
            yield self._change("adopt", "version", None, None, tags)

    def tags(self) -> Iterator[Change]:
        """The declared tags are set, after registrar has written down that they are its own."""
        adopted = isinstance(self.found, ObservedModel) and self.found.managed is None
        if not (adopted or self.foreign) and not self.kept <= self.owned:
            before = None if self.found.managed is None else managed_text(self.owned)
            yield self._tag(MANAGED_TAG, before, managed_text(self.owned | self.kept))
        if isinstance(self.found, ObservedModel) and isinstance(self.desired, DesiredModel):
            owner, before = self.desired.owner, self.found.owner
            if owner is not None and owner != before:
                yield self._tag(OWNER_TAG, before, owner)
        if isinstance(self.found, ObservedVersion) and isinstance(self.desired, DesiredVersion):
            lineage, before = self.desired.lineage, self.found.lineage
            if not self.foreign and lineage is not None and before is None:
                yield self._tag(LINEAGE_TAG, None, lineage)
        have = self.found.tags
        for key, value in sorted((self.desired.tags or {}).items()):
            if have.get(key) != value:
                yield self._tag(key, have.get(key), value)

    def descriptions(self) -> Iterator[Change]:
        """The declared description is set; "" clears it."""
        before, after = self.found.description, self.desired.description
        if after is not None and after != before:
            yield self._change("update", "description", self._place + "description", before, after)

    def leaving(self) -> Iterator[Change]:
        """What registrar has set and the configuration no longer names is gone, then forgotten."""
        for key, value in sorted(self.found.tags.items()):
            if key in self.gone:
                yield self._tag(key, value, None)
        if isinstance(self.found, ObservedModel):
            for alias, number in sorted(self.found.aliases.items()):
                if f"@{alias}" in self.gone:
                    yield Change("remove", "alias", alias, number)
        if self.gone:
            before = managed_text(self.owned | self.kept)
            yield self._tag(MANAGED_TAG, before, managed_text(self.kept))

    @property
    def _place(self) -> str:
        return "registered_model." if isinstance(self.found, ObservedModel) else ""

    def _tag(self, key: str, before: str | None, after: str | None) -> Change:
        action: Action = "create" if before is None else "remove" if after is None else "update"
        group = "tags." if isinstance(self.found, ObservedModel) else "metadata."
        return self._change(action, "tag", self._place + group + key, before, after)

    def _change(
        self, action: Action, kind: Kind, field: str | None, before: Any, after: Any
    ) -> Change:
        return Change(action, kind, field, before, after, self.number, self.entry)


def _present(
    desired: DesiredModel,
    observed: ObservedModel | None,
    matched: tuple[ObservedVersion | None, ...],
) -> Iterator[_Present]:
    if observed is None:
        return
    kept = _tags_kept(desired, observed) | _aliases_kept(desired, observed, matched)
    yield _Present(desired, observed, kept)
    for entry, (version, found) in enumerate(zip(desired.versions, matched, strict=True)):
        if found is not None:
            yield _Present(version, found, _tags_kept(version, found), found.number, entry)


def _tags_kept(
    desired: DesiredModel | DesiredVersion, found: ObservedModel | ObservedVersion
) -> frozenset[str]:
    """The declared keys; those set earlier, where the configuration leaves the field out."""
    if desired.tags is not None:
        return frozenset(desired.tags)
    return frozenset(key for key in found.managed or () if not key.startswith("@"))


def _aliases_kept(
    desired: DesiredModel, observed: ObservedModel, matched: tuple[ObservedVersion | None, ...]
) -> frozenset[str]:
    """`@alias` of the declared aliases, and of those set earlier that no entry decides about.

    An entry with `aliases` decides about those that point to its version. One that points to a
    version without an entry is decided about when every entry has `aliases`. One that points
    nowhere is forgotten: a killed run has removed it.
    """
    named = frozenset(f"@{alias}" for alias in desired.aliases)
    earlier = frozenset(name for name in observed.managed or () if name.startswith("@"))
    deciding = [version.aliases is not None for version in desired.versions]
    if not any(deciding):
        return earlier
    if all(deciding):
        return named
    decided = {
        found.number
        for version, found in zip(desired.versions, matched, strict=True)
        if found is not None and version.aliases is not None
    }
    undecided = {f"@{name}" for name, number in observed.aliases.items() if number not in decided}
    return named | (earlier & undecided)


def _models(desired: DesiredModel, observed: ObservedModel | None) -> Iterator[Change]:
    if observed is None:
        after = {
            "name": desired.name,
            "description": desired.description or "",
            "tags": parent_tags(desired),
        }
        yield Change("create", "model", None, None, after)


def _removed(double: ObservedVersion) -> Change:
    before = {"digest": double.digest, "source": safe_uri(double.source)}
    return Change("remove", "version", None, before, None, double.number)


def _versions(
    desired: DesiredModel, matched: tuple[ObservedVersion | None, ...]
) -> Iterator[Change]:
    for entry, (version, found) in enumerate(zip(desired.versions, matched, strict=True)):
        if found is None:
            after = {
                "digest": version.digest,
                "source": safe_uri(version.source.uri),
                "run_id": version.source.run_id,
                "description": version.description or "",
                "tags": version_tags(version),
                "bytes": version.source.size,
            }
            yield Change("create", "version", None, None, after, entry=entry)


def _aliases(
    desired: DesiredModel,
    observed: ObservedModel | None,
    matched: tuple[ObservedVersion | None, ...],
) -> Iterator[Change]:
    current = observed.aliases if observed else {}
    for entry, (version, found) in enumerate(zip(desired.versions, matched, strict=True)):
        target = found.number if found else None
        for alias in version.aliases or ():
            if alias not in current:
                yield Change("create", "alias", alias, None, target, target, entry)
            elif target is None or current[alias] != target:
                yield Change("move", "alias", alias, current[alias], target, target, entry)


def _notes(
    desired: DesiredModel,
    observed: ObservedModel | None,
    matched: tuple[ObservedVersion | None, ...],
) -> Iterator[str]:
    for version, found in zip(desired.versions, matched, strict=True):
        if not version.source.verified:
            yield f"{safe_uri(version.source.uri)} was not looked at (verify: false)"
        if version.source.note and found is None:
            yield version.source.note
    for version, found in zip(desired.versions, matched, strict=True):
        if version.pin is not None and version.pin != (found and found.number):
            here = f"it is version {found.number} here" if found else "a new one is made"
            yield f"{safe_uri(version.source.uri)} is pinned to version {version.pin}; {here}"
    stay = "is left out: tags set earlier stay; write {} to remove them"
    if observed and desired.tags is None and _tags_kept(desired, observed):
        yield f"registered_model.tags {stay}"
    for version, found in zip(desired.versions, matched, strict=True):
        if found and version.tags is None and found.managed:
            yield (
                f"metadata {stay}"
                if len(matched) == 1
                else f"version {found.number}: metadata {stay}"
            )

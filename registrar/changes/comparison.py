"""Compare one model or one version with what its configuration declares for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registrar.changes.changes import DeleteAlias, DeleteTag, RecordEvent, SetDescription, SetTag
from registrar.changes.moved_aliases import marked_aliases
from registrar.changes.tags import managed_text
from registrar.recorded_metrics import merge_recorded
from registrar.state import (
    LINEAGE_TAG,
    MANAGED_TAG,
    METRICS_TAG,
    MOVED_TAG,
    OWNER_TAG,
    PROTECTED_TAG,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from registrar.changes.changes import Change
    from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion

__all__ = ["compare_model", "compare_version", "kept_tags"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A model or a version on the server, and what the configuration declares for it.

    `version` is None for the model. `managed` are the names that configurations have set, or None
    where none has set any yet. `keep` are the names that are managed afterwards: tag keys, and
    aliases as `@alias`. `own_tags` are registrar's own tags with their values before and after.
    `aliases` are those of the model that may be removed, with the numbers of their versions. An alias
    that a script has moved after a configuration had set it is not among them. `digests` are the
    digests of the model's versions, by number.
    """

    version: int | None
    entry: int | None
    managed: tuple[str, ...] | None
    keep: frozenset[str]
    tags: Mapping[str, str]
    declared_tags: Mapping[str, str]
    description: str
    declared_description: str | None
    is_adopted: bool
    own_tags: tuple[tuple[str, str | None, str | None], ...] = ()
    aliases: Mapping[str, int] = field(default_factory=dict)
    digests: Mapping[int, str | None] = field(default_factory=dict)

    @property
    def set_earlier(self) -> frozenset[str]:
        """The names that configurations have set."""
        return frozenset(self.managed or ())

    @property
    def unmanaged(self) -> frozenset[str]:
        """The names that configurations have set and that none declares any more."""
        return self.set_earlier - self.keep

    @property
    def removed_aliases(self) -> frozenset[str]:
        """The aliases that are removed."""
        return frozenset(alias for alias in self.aliases if f"@{alias}" in self.unmanaged)

    def tag_changes(self) -> Iterator[Change]:
        """Yield the changes that set the declared tags; first, the list of managed names grows."""
        if not self.is_adopted and not self.keep <= self.set_earlier:
            before = None if self.managed is None else managed_text(self.set_earlier)
            yield self._set_tag(MANAGED_TAG, before, managed_text(self.set_earlier | self.keep))
        for key, before, after in self.own_tags:
            if after is not None and after != before:
                yield self._set_tag(key, before, after)
        for key, value in sorted(self.declared_tags.items()):
            if self.tags.get(key) != value:
                yield self._set_tag(key, self.tags.get(key), value)

    def description_changes(self) -> Iterator[Change]:
        """Yield the change that sets the declared description."""
        after = self.declared_description
        if after is not None and after != self.description:
            yield SetDescription(self.version, self.entry, self.description, after)

    def removals(self) -> Iterator[Change]:
        """Yield the changes that remove unmanaged names; then the list of managed names shrinks."""
        for key, value in sorted(self.tags.items()):
            if key in self.unmanaged:
                yield DeleteTag(self.version, self.entry, key, value)
        for alias, number in sorted(self.aliases.items()):
            if alias in self.removed_aliases:
                yield RecordEvent(None, alias, number, None, self.digests.get(number))
                yield DeleteAlias(alias, number)
        if self.unmanaged:
            before = managed_text(self.set_earlier | self.keep)
            yield self._set_tag(MANAGED_TAG, before, managed_text(self.keep))

    def _set_tag(self, key: str, before: str | None, after: str) -> SetTag:
        return SetTag(self.version, self.entry, key, before, after)


def compare_model(
    desired: DesiredModel, observed: ObservedModel, matched: Sequence[ObservedVersion | None]
) -> Comparison:
    """Return a registered model next to what its configuration declares."""
    keep = frozenset(observed.managed or ())
    if desired.manages:
        keep = kept_tags(desired, observed) | _kept_aliases(desired, observed, matched)
    stay = marked_aliases(observed)
    return Comparison(
        version=None,
        entry=None,
        managed=observed.managed,
        keep=keep,
        tags=observed.tags,
        declared_tags=desired.tags or {},
        description=observed.description,
        declared_description=desired.description,
        is_adopted=observed.managed is None,
        own_tags=(
            (OWNER_TAG, observed.owner, desired.owner),
            (PROTECTED_TAG, *_protection(desired, observed)),
        ),
        aliases={alias: n for alias, n in observed.aliases.items() if alias not in stay},
        digests={version.number: version.digest for version in observed.versions},
    )


def compare_version(
    entry: int,
    desired: DesiredVersion,
    observed: ObservedVersion,
    *,
    manages: bool,
    moved: Collection[str] = (),
) -> Comparison:
    """Return a version next to the entry that declares it.

    `manages` says that the entry is a configuration's. `moved` are the aliases that scripts have
    moved to the version, after the plan.
    """
    # A lineage that is there stays. An adopted version gets its lineage with the adoption.
    has_lineage = observed.lineage is not None or observed.digest is None
    lineage = () if has_lineage else ((LINEAGE_TAG, None, desired.lineage),)
    mark = None if observed.moved is None else managed_text(observed.moved)
    mark_after = managed_text(moved) if moved or mark is not None else None
    metrics = None
    if desired.metrics is not None:
        metrics = merge_recorded(observed.metrics, desired.metrics, None, replaces=manages)
    keep = kept_tags(desired, observed) if manages else frozenset(observed.managed or ())
    return Comparison(
        version=observed.number,
        entry=entry,
        managed=observed.managed,
        keep=keep,
        tags=observed.tags,
        declared_tags=desired.tags or {},
        description=observed.description,
        declared_description=desired.description,
        is_adopted=observed.digest is None or observed.managed is None,
        own_tags=(
            *lineage,
            (MOVED_TAG, mark, mark_after),
            (METRICS_TAG, observed.metrics, metrics),
        ),
    )


def _protection(desired: DesiredModel, observed: ObservedModel) -> tuple[str | None, str | None]:
    """Return the list of protected aliases before and after; None for no list."""
    before = None if observed.protected is None else managed_text(observed.protected)
    if desired.protected is None or (before is None and not desired.protected):
        return before, before
    return before, managed_text(desired.protected)


def kept_tags(
    desired: DesiredModel | DesiredVersion, observed: ObservedModel | ObservedVersion
) -> frozenset[str]:
    """Return the declared keys, or those set earlier where the configuration leaves tags out.

    A key that somebody has deleted from the server is forgotten.
    """
    if desired.tags is not None:
        return frozenset(desired.tags)
    return frozenset(observed.managed or ()) & observed.tags.keys()


def _kept_aliases(
    desired: DesiredModel, observed: ObservedModel, matched: Sequence[ObservedVersion | None]
) -> frozenset[str]:
    """Return the declared aliases, and those set earlier that the configuration leaves alone.

    An entry with `aliases` decides about all aliases of its version. When every entry has `aliases`,
    they decide about all aliases of the model. An alias that points nowhere is forgotten: somebody,
    or an interrupted run, has removed it.
    """
    declared = frozenset(f"@{alias}" for alias in desired.aliases)
    earlier = frozenset(observed.managed or ()) & {f"@{alias}" for alias in observed.aliases}
    decides = [version.aliases is not None for version in desired.versions]
    if not any(decides):
        return earlier
    if all(decides):
        return declared
    decided = {
        version.number
        for entry, version in zip(desired.versions, matched, strict=True)
        if version is not None and entry.aliases is not None
    }
    undecided = {f"@{name}" for name, number in observed.aliases.items() if number not in decided}
    return declared | (earlier & undecided)

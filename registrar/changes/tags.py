"""The texts of registrar's own tags, and all tags that a new model or version gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.recorded_metrics import merge_recorded
from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    METRICS_TAG,
    MOVED_TAG,
    OWNER_TAG,
    PINNED_TAG,
    PROTECTED_TAG,
    PROVENANCE_TAG,
)
from registrar.text import canonical_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from registrar.state import DesiredModel, DesiredVersion

__all__ = [
    "adoption_tags",
    "is_own_tag",
    "managed_text",
    "model_tags",
    "version_tags",
    "with_provenance",
]


def is_own_tag(key: str) -> bool:
    """Return whether a tag is registrar's own; no configuration may have such a key."""
    return key.startswith("registrar_")


def managed_text(names: Collection[str]) -> str:
    """Return the value of a tag that lists names: those that registrar manages, or protects."""
    return canonical_json(sorted(names))


def model_tags(model: DesiredModel) -> dict[str, str]:
    """Return all tags that a new registered model is created with."""
    declared = dict(model.tags or {})
    names = {*declared, *(f"@{alias}" for alias in model.aliases)}
    managed = {MANAGED_TAG: managed_text(names)} if model.manages else {}
    owner = {} if model.owner is None else {OWNER_TAG: model.owner}
    protected = {PROTECTED_TAG: managed_text(model.protected)} if model.protected else {}
    return {**declared, **managed, **owner, **protected}


def version_tags(
    version: DesiredVersion, *, manages: bool, moved: Collection[str] = ()
) -> dict[str, str]:
    """Return all tags that a new version is created with, without its provenance.

    `manages` says that a configuration declares it. `moved` are the aliases that a script moves to
    it after a configuration has set them.
    """
    declared = dict(version.tags or {})
    managed = {MANAGED_TAG: managed_text(declared)} if manages else {}
    moves = {MOVED_TAG: managed_text(moved)} if moved else {}
    metrics = merge_recorded(None, version.metrics, version.carried, replaces=True)
    return {
        **declared,
        DIGEST_TAG: version.digest,
        **managed,
        CONFIG_TAG: version.config,
        **_lineage_and_pin(version),
        **({} if metrics is None else {METRICS_TAG: metrics}),
        **moves,
    }


def adoption_tags(version: DesiredVersion, managed: Collection[str] | None) -> dict[str, str]:
    """Return the tags that make a version registrar's that was registered by hand.

    `managed` are the names that the configuration sets; None for a script, which manages none. The
    digest comes last: whoever is interrupted before it starts again from the beginning.
    """
    names = {} if managed is None else {MANAGED_TAG: managed_text(managed)}
    return {
        **names,
        CONFIG_TAG: version.config,
        **_lineage_and_pin(version),
        DIGEST_TAG: version.digest,
    }


def with_provenance(tags: Mapping[str, str], provenance: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a new version with its provenance; a key that is there already wins.

    The keys that no configuration manages are listed: the provenance, and all that a script sets.
    By them a second version is recognised as a duplicate.
    """
    added = {key: value for key, value in provenance.items() if key not in tags}
    unmanaged = () if MANAGED_TAG in tags else (key for key in tags if not is_own_tag(key))
    keys = {*added, *unmanaged}
    names = {PROVENANCE_TAG: managed_text(keys)} if keys else {}
    return {**tags, **added, **names}


def _lineage_and_pin(version: DesiredVersion) -> dict[str, str]:
    lineage = {} if version.lineage is None else {LINEAGE_TAG: version.lineage}
    asks = version.pin is not None and version.source.existing is None  # for a number of its own
    pin = {PINNED_TAG: str(version.pin)} if asks else {}
    return {**lineage, **pin}

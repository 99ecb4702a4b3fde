"""The texts of registrar's own tags, and all tags that a new model or version gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    OWNER_TAG,
    PINNED_TAG,
    PROTECTED_TAG,
    PROVENANCE_TAG,
)
from registrar.text import canonical_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from registrar.state import DesiredModel, DesiredVersion

__all__ = ["adoption_tags", "managed_text", "model_tags", "version_tags", "with_provenance"]


def managed_text(names: Collection[str]) -> str:
    """Return the value of a tag that lists names: those that registrar manages, or protects."""
    return canonical_json(sorted(names))


def model_tags(model: DesiredModel) -> dict[str, str]:
    """Return all tags that a new registered model is created with."""
    declared = dict(model.tags or {})
    managed = {*declared, *(f"@{alias}" for alias in model.aliases)}
    owner = {} if model.owner is None else {OWNER_TAG: model.owner}
    protected = {PROTECTED_TAG: managed_text(model.protected)} if model.protected else {}
    return {**declared, MANAGED_TAG: managed_text(managed), **owner, **protected}


def version_tags(version: DesiredVersion) -> dict[str, str]:
    """Return all tags that a new version is created with, without its provenance."""
    declared = dict(version.tags or {})
    return {
        **declared,
        DIGEST_TAG: version.digest,
        MANAGED_TAG: managed_text(declared),
        CONFIG_TAG: version.config,
        **_lineage_and_pin(version),
    }


def adoption_tags(version: DesiredVersion, managed: Collection[str]) -> dict[str, str]:
    """Return the tags that make a version registrar's that was registered by hand.

    The digest comes last: whoever is interrupted before it starts again from the beginning.
    """
    return {
        MANAGED_TAG: managed_text(managed),
        CONFIG_TAG: version.config,
        **_lineage_and_pin(version),
        DIGEST_TAG: version.digest,
    }


def with_provenance(tags: Mapping[str, str], provenance: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a new version with its provenance; a key that is there already wins."""
    added = {key: value for key, value in provenance.items() if key not in tags}
    names = {PROVENANCE_TAG: managed_text(added)} if added else {}
    return {**tags, **added, **names}


def _lineage_and_pin(version: DesiredVersion) -> dict[str, str]:
    lineage = {} if version.lineage is None else {LINEAGE_TAG: version.lineage}
    asks = version.pin is not None and version.source.existing is None  # for a number of its own
    pin = {PINNED_TAG: str(version.pin)} if asks else {}
    return {**lineage, **pin}

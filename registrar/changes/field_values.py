"""The values that the fields of a model and of its versions have now, as a plan names them."""

from __future__ import annotations

from typing import Final, TypeAlias

from registrar.changes.tags import managed_text
from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    METRICS_TAG,
    MOVED_TAG,
    OWNER_TAG,
    PROTECTED_TAG,
    ObservedModel,
    ObservedVersion,
)

__all__ = ["Field", "Value", "find_tag", "find_value"]

Field: TypeAlias = tuple[str, int | None, str]
"""Kind ("alias", "tag" or "description"), number of the version (None for the model), and name."""
Value: TypeAlias = object

GONE: Final = object()  # the value of a field of a deleted version


def find_value(field: Field, observed: ObservedModel) -> Value:
    """Return the current value of a field; None if it is unset, `GONE` if its version is gone."""
    kind, number, key = field
    if kind == "alias":
        return observed.aliases.get(key)
    holder: ObservedModel | ObservedVersion = observed
    if number is not None:
        found = next((v for v in observed.versions if v.number == number), None)
        if found is None:
            return GONE
        holder = found
    return holder.description if kind == "description" else find_tag(holder, key)


def find_tag(holder: ObservedModel | ObservedVersion, key: str) -> str | None:
    """Return the value of a tag, registrar's own among them, as a plan names it."""
    if key == MANAGED_TAG:
        return None if holder.managed is None else managed_text(holder.managed)
    if isinstance(holder, ObservedModel):
        if key == PROTECTED_TAG:
            return None if holder.protected is None else managed_text(holder.protected)
        return holder.owner if key == OWNER_TAG else holder.tags.get(key)
    if key == MOVED_TAG:
        return None if holder.moved is None else managed_text(holder.moved)
    own = {DIGEST_TAG: holder.digest, CONFIG_TAG: holder.config, LINEAGE_TAG: holder.lineage}
    own[METRICS_TAG] = holder.metrics
    return own[key] if key in own else holder.tags.get(key)

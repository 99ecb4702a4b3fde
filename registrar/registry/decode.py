"""MLflow's entities as observed state, registrar's own tags told from people's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    OWNER_TAG,
    PINNED_TAG,
    PROMPT_TAG,
    PROVENANCE_TAG,
    ObservedModel,
    ObservedVersion,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["aliases_of", "model_of", "prompt_of", "version_of", "versions_of"]

OURS = {DIGEST_TAG, MANAGED_TAG, CONFIG_TAG, OWNER_TAG, LINEAGE_TAG, PINNED_TAG, PROVENANCE_TAG}


def prompt_of(name: str) -> ObservedModel:
    """A prompt, which has the name of a model."""
    return ObservedModel(name, tags={PROMPT_TAG: "true"})


def model_of(model: Any, versions: Iterable[Any], *, complete: bool = True) -> ObservedModel:
    """A registered model with these of its versions; `complete` says whether these are all."""
    aliases = aliases_of(model)
    tags = dict(model.tags)
    return ObservedModel(
        name=model.name,
        description=model.description or "",
        tags={key: value for key, value in tags.items() if key not in OURS},
        versions=versions_of(versions, aliases),
        managed=_managed(tags.get(MANAGED_TAG)),
        owner=tags.get(OWNER_TAG),
        complete=complete,
        created=model.creation_timestamp,
        updated=model.last_updated_timestamp,
    )


def aliases_of(model: Any) -> dict[str, int]:
    """Alias -> version number."""
    return {alias: int(number) for alias, number in model.aliases.items()}


def versions_of(versions: Iterable[Any], aliases: Mapping[str, int]) -> tuple[ObservedVersion, ...]:
    """The versions, lowest number first."""
    found = (version_of(version, aliases) for version in versions)
    return tuple(sorted(found, key=lambda version: version.number))


def version_of(version: Any, aliases: Mapping[str, int]) -> ObservedVersion:
    """One version; its aliases are not a part of MLflow's."""
    tags = dict(version.tags)
    number = int(version.version)
    return ObservedVersion(
        number=number,
        digest=tags.get(DIGEST_TAG),
        source=version.source or "",
        run_id=version.run_id or None,
        description=version.description or "",
        tags={key: value for key, value in tags.items() if key not in OURS},
        aliases=tuple(sorted(alias for alias, target in aliases.items() if target == number)),
        managed=_managed(tags.get(MANAGED_TAG)),
        config=tags.get(CONFIG_TAG),
        provenance={
            key: tags[key] for key in _managed(tags.get(PROVENANCE_TAG)) or () if key in tags
        },
        lineage=tags.get(LINEAGE_TAG),
        pinned=int(pin) if (pin := tags.get(PINNED_TAG, "")).isdecimal() else None,
        created=version.creation_timestamp,
    )


def _managed(text: str | None) -> tuple[str, ...] | None:
    """The keys that registrar set; a tag somebody has spoilt claims nothing."""
    if text is None:
        return None
    try:
        keys = json.loads(text)
    except ValueError:
        return ()
    return tuple(sorted(str(key) for key in keys)) if isinstance(keys, list) else ()

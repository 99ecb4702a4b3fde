"""registrar's own tags as a server holds them: which they are, and what a spoilt one means."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING

from registrar.content.signature import SIGNATURE_TAG
from registrar.events import EVENT_PREFIX, Event, parse_event
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["is_own", "parse_events", "parse_keys", "parse_protected"]

OWN_TAGS = {
    DIGEST_TAG,
    MANAGED_TAG,
    METRICS_TAG,
    MOVED_TAG,
    CONFIG_TAG,
    OWNER_TAG,
    LINEAGE_TAG,
    PINNED_TAG,
    PROTECTED_TAG,
    PROVENANCE_TAG,
    SIGNATURE_TAG,
}
SHORT = 500  # characters


def is_own(key: str) -> bool:
    """Return whether a tag is one of those that registrar writes."""
    return key in OWN_TAGS or key.startswith(EVENT_PREFIX)


def parse_events(
    tags: Mapping[str, str], version: int
) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """Return the events among the tags of a version, the oldest first, and the keys of spoilt ones."""
    found = {key: parse_event(key, tags[key]) for key in tags if key.startswith(EVENT_PREFIX)}
    own = [event for event in found.values() if event is not None and event.holder == version]
    own.sort(key=lambda event: (event.at, event.key))
    return tuple(own), tuple(sorted(found.keys() - {event.key for event in own}))


def parse_keys(text: str | None) -> tuple[str, ...] | None:
    """Return the keys that a tag of registrar's lists; a tag that somebody has spoilt lists none."""
    if text is None:
        return None
    return _parse_short_keys(text) if len(text) <= SHORT else _parse_keys(text)


def _parse_keys(text: str) -> tuple[str, ...]:
    try:
        keys = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(sorted(str(key) for key in keys)) if isinstance(keys, list) else ()


_parse_short_keys = functools.lru_cache(maxsize=1024)(_parse_keys)  # many models have the same


def parse_protected(text: str | None, aliases: Iterable[str]) -> tuple[str, ...] | None:
    """Return the aliases that a tag protects: all `aliases` where somebody has spoilt the tag."""
    if text is None:
        return None
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        names = None
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return tuple(sorted(set(names)))
    return tuple(sorted(aliases))

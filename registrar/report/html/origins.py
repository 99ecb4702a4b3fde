"""The places that a promoted version comes from, as a person reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registrar.report.html.links import link_to_version
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["list_origins"]


def list_origins(lineage: str) -> Iterator[tuple[str, str | None]]:
    """Yield each place, the newest first, and the address of its page where a server has one.

    Whoever may write tags may have written any text: what has not the form of a lineage is shown unchanged.
    """
    try:
        hops = json.loads(lineage)
    except (ValueError, RecursionError):
        hops = None
    places = [_describe(hop) for hop in hops] if isinstance(hops, list) else []
    known = [place for place in places if place is not None]
    if not known or len(known) < len(places):
        yield lineage, None
    else:
        yield from reversed(known)


def _describe(hop: Any) -> tuple[str, str | None] | None:
    if not isinstance(hop, dict):
        return None
    registry, name, version, uri = (hop.get(k) for k in ("registry", "name", "version", "uri"))
    if not isinstance(registry, str):
        return None
    server = safe_uri(registry)
    if isinstance(name, str) and isinstance(version, int):
        return f"{name}, version {version}, on {server}", link_to_version(registry, name, version)
    return (f"{safe_uri(uri)} on {server}", None) if isinstance(uri, str) else None

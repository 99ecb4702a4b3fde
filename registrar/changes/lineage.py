"""Lineage: the places that a copied version comes from, in the tag `registrar_lineage`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.config.servers import server_identity
from registrar.strict_json import parse_strict
from registrar.text import canonical_json
from registrar.uris import VersionUri

if TYPE_CHECKING:
    from registrar.state import ObservedModel, ObservedVersion
    from registrar.upstream import Upstream
    from registrar.uris import Uri

__all__ = ["find_copy", "is_copy_of", "lineage_text"]


def lineage_text(upstream: Upstream) -> str:
    """Return the lineage of a copy: the places of the upstream model, and the model itself last."""
    return canonical_json([*_read_hops(upstream.lineage), _hop_of(upstream)])


def find_copy(upstream: Upstream, target: ObservedModel | None) -> ObservedVersion | None:
    """Return the lowest version of the target model that holds a copy of the upstream model.

    The content digest tells. A model without one gets it when its files are copied; then the
    lineage of the copy tells.
    """
    versions = target.ready_versions if target is not None else ()
    for version in sorted(versions, key=lambda version: version.number):
        if version.digest is None:
            continue
        if upstream.content_digest is None:
            is_copy = _normalized(_read_hops(version.lineage)[-1:]) == [_hop_of(upstream)]
        else:
            is_copy = version.digest == upstream.content_digest
        if is_copy:
            return version
    return None


def is_copy_of(uri: Uri, registry: str, version: ObservedVersion) -> bool:
    """Return whether the lineage of a version ends with what a URI names on another server.

    An alias there may have moved since, so it tells nothing.
    """
    hop = next(iter(_normalized(_read_hops(version.lineage)[-1:])), None)
    if not isinstance(hop, dict) or hop["registry"] != registry:
        return False
    if not isinstance(uri, VersionUri):
        return bool(hop.get("uri") == uri.canonical)
    is_meant = uri.version == hop.get("version") or uri.digest is not None
    has_content = (version.digest or "").startswith(uri.digest or "")
    return bool(hop.get("name") == uri.name) and is_meant and has_content


def _hop_of(upstream: Upstream) -> dict[str, Any]:
    hop = {
        "registry": upstream.registry,
        "name": upstream.name,
        "version": upstream.number,
        "digest": upstream.digest,
        "run_id": upstream.run_id,
    }
    return hop if upstream.name is not None else {**hop, "uri": upstream.uri}


def _read_hops(lineage: str | None) -> list[Any]:
    """Return the places of a lineage, the first place first; [] if the tag is not a list."""
    try:
        hops = parse_strict(lineage or "[]")
    except (ValueError, RecursionError):
        return []
    return hops if isinstance(hops, list) else []


def _normalized(hops: list[Any]) -> list[Any]:
    """Return places with the one spelling of their registry: earlier releases wrote another."""
    return [
        {**hop, "registry": server_identity(str(hop.get("registry")))}
        if isinstance(hop, dict)
        else hop
        for hop in hops
    ]

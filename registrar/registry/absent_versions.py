"""Why a URI names no version: no such model, or no such version of it, and what is near."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.existing_versions import known_versions
from registrar.errors import Problem, RegistrarError
from registrar.text import nearest

if TYPE_CHECKING:
    from registrar.registry.protocol import Registry
    from registrar.uris import VersionUri

__all__ = ["explain_absent_version"]


def explain_absent_version(registry: Registry, uri: VersionUri, reason: str, hint: str) -> Problem:
    """Return the problem of a URI that was not found; `reason` where the version is there.

    It names the server, and the nearest name that the server has.
    """
    where, suggestion = registry.server.registry_uri, None
    try:
        model = registry.observe([uri.name]).get(uri.name)
        known = sorted(registry.observe(None)) if model is None else []
    except RegistrarError:  # the reason is enough
        return Problem("source-not-found", f"{uri.safe}: {reason}", hint)
    if model is None or model.is_prompt:
        reason = f"there is no registered model '{uri.name}' on {where}"
        suggestion = nearest(uri.name, known)
    elif uri.alias is not None and uri.alias not in model.aliases:
        reason = f"{uri.name} has no alias '{uri.alias}' on {where}"
        suggestion = nearest(uri.alias, model.aliases)
    elif uri.version is not None and all(v.number != uri.version for v in model.versions):
        reason = f"{uri.name} has no version {uri.version} on {where}"
        hint = f"{known_versions(model.versions)} {hint}"
    return Problem("source-not-found", f"{uri.safe}: {reason}", hint, suggestion=suggestion)

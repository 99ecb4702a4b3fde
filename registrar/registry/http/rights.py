"""Asking a server with MLflow's basic authentication what the user of a connection may do.

Servers since MLflow 3.17 tell users their own rights. A server that does not tell, for whatever
reason, is not asked again: then its refusals tell.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from registrar.policy.rights import PERMISSIONS, Rights
from registrar.registry.failures import NoReplyError
from registrar.registry.http.session import Session
from registrar.registry.http.transport import CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.registry.http.transport import Transport

__all__ = ["read_rights"]

CURRENT_USER = "/api/2.0/mlflow/users/current"
GRANTS = "/api/3.0/mlflow/users/current/permissions"
PERMISSION = "/api/3.0/mlflow/users/permissions/get"
MODEL, VERSION = "registered_model", "registered_model_version"


def read_rights(transport: Transport | None, names: Iterable[str]) -> Rights | None:
    """Return the user's rights on the models of these names; None where nobody tells.

    An administrator has all rights, so nothing is told of one. Without a password nobody is asked.
    """
    if not isinstance(transport, Session) or not _has_password(transport):
        return None
    user = (_get(transport, CURRENT_USER) or {}).get("user")
    if not isinstance(user, dict) or not isinstance(user.get("username"), str):
        return None
    grants = None if user.get("is_admin") else _get(transport, GRANTS)
    if grants is None or not isinstance(grants.get("permissions"), list):
        return None
    username = user["username"]

    def read(name: str) -> tuple[str, Any]:
        query = {"username": username, "resource_type": MODEL, "resource_id": name}
        return name, (_get(transport, PERMISSION, query) or {}).get("permission")

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        told = dict(pool.map(read, names))
    return Rights(
        username,
        {
            name: text
            for name, text in told.items()
            if isinstance(text, str) and text in PERMISSIONS
        },
        covers_versions=not any(map(_is_about_versions, grants["permissions"])),
    )


def _has_password(session: Session) -> bool:
    return session.headers.get("Authorization", "").startswith("Basic ")


def _is_about_versions(grant: Any) -> bool:
    """Return whether a grant is about versions; one that cannot be read may be."""
    return not isinstance(grant, dict) or grant.get("resource_type") in {None, VERSION, "workspace"}


def _get(
    transport: Transport, path: str, query: Mapping[str, str] | None = None
) -> dict[str, Any] | None:
    """Return the JSON object that the server replies with; None for anything else."""
    try:
        reply = transport.request("GET", path, query=query)
        document = json.loads(reply.text) if reply.status == 200 else None
    except (NoReplyError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None

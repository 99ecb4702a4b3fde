"""Asking a server with MLflow's basic authentication what the user of a connection may do.

Servers since MLflow 3.17 tell users their own rights. A server that does not tell, for whatever
reason, is not asked again: a missing right then shows as a refused request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.errors import ServerError
from registrar.policy.rights import PERMISSIONS, Rights, UploadRight
from registrar.registry.failures import NoReplyError, UnexpectedReplyError
from registrar.registry.http.session import Session
from registrar.registry.http.transport import CONNECTIONS
from registrar.registry.json_shape import parse_object
from registrar.threads import open_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from registrar.registry.http.transport import Transport

__all__ = ["read_rights", "read_upload_right"]

CURRENT_USER = "/api/2.0/mlflow/users/current"
GRANTS = "/api/3.0/mlflow/users/current/permissions"
PERMISSION = "/api/3.0/mlflow/users/permissions/get"
EXPERIMENT, MODEL = "experiment", "registered_model"
# Grants on parts of models and experiments; one on a workspace holds for all in it.
OF_VERSIONS = {"registered_model_version", "workspace"}
OF_UPLOADS = {"logged_model", "run", "workspace"}


def read_rights(transport: Transport | None, names: Iterable[str]) -> Rights | None:
    """Return the user's rights on the models of these names; None where they are not told.

    An administrator has all rights, so nothing is told of one. Without a login nobody is asked.
    """
    user = _User.ask(transport)
    if user is None:
        return None
    with open_pool(CONNECTIONS) as pool:
        told = dict(pool.map(lambda name: (name, user.permission(MODEL, name)), names))
    permissions = {name: permission for name, permission in told.items() if permission is not None}
    return Rights(user.name, permissions, covers_versions=not user.grants & OF_VERSIONS)


def read_upload_right(
    transport: Transport | None, name: str, get_id: Callable[[], str | None]
) -> UploadRight | None:
    """Return the user's right to upload to the experiment `name`; None where it is not told.

    `get_id` returns its id, None for an experiment that does not exist yet.
    """
    user = _User.ask(transport)
    experiment_id = None if user is None or user.grants & OF_UPLOADS else get_id()
    if user is None or experiment_id is None:
        return None
    permission = user.permission(EXPERIMENT, experiment_id)
    return None if permission is None else UploadRight(user.name, name, permission)


@dataclass(frozen=True, slots=True)
class _User:
    """The user of a connection, who is no administrator; `grants` are the kinds of all grants."""

    transport: Transport
    name: str
    grants: frozenset[str]

    @classmethod
    def ask(cls, transport: Transport | None) -> _User | None:
        """Return the user; None for an administrator, and where the server does not tell."""
        if not isinstance(transport, Session) or "Authorization" not in transport.headers:
            return None
        user = (_get(transport, CURRENT_USER) or {}).get("user")
        if not isinstance(user, dict) or not isinstance(user.get("username"), str):
            return None
        grants = (
            None if user.get("is_admin") else (_get(transport, GRANTS) or {}).get("permissions")
        )
        if not isinstance(grants, list) or not all(isinstance(grant, dict) for grant in grants):
            return None
        return cls(
            transport,
            user["username"],
            frozenset(str(grant.get("resource_type")) for grant in grants),
        )

    def permission(self, kind: str, name: str) -> str | None:
        """Return the permission that counts for one resource; None for one that is not known."""
        query = {"username": self.name, "resource_type": kind, "resource_id": name}
        permission = (_get(self.transport, PERMISSION, query) or {}).get("permission")
        return permission if isinstance(permission, str) and permission in PERMISSIONS else None


def _get(
    transport: Transport, path: str, query: Mapping[str, str] | None = None
) -> dict[str, Any] | None:
    """Return the JSON object that the server replies with; None for anything else.

    A redirect to another server, such as to a page to log in, is a ServerError.
    """
    try:
        reply = transport.request("GET", path, query=query)
        return parse_object(reply.data) if reply.status == 200 else None
    except (NoReplyError, UnexpectedReplyError, ServerError):
        return None

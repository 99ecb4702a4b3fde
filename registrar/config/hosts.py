"""Which hosts a configuration may make registrar contact, with credentials or without.

A pull request can change a file. So in strict mode a server that a file names is contacted only
where the environment of the process allows it. A host inside a model's URI is allowed by nothing
but the environment, on every machine.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from registrar.addresses import DEFAULT_PORTS, is_local, parse_address, parse_source_host
from registrar.config.permissions import (
    ALLOW_ENV,
    ALLOW_HOSTS,
    explain_permission,
    read_permissions,
)
from registrar.config.spec import list_server_nodes, list_servers, list_uris
from registrar.errors import Problem
from registrar.text import quote
from registrar.uris import UriError, parse_uri, safe_uri, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from registrar.addresses import Address
    from registrar.config.job import Job
    from registrar.config.permissions import Permissions
    from registrar.text import KeyPath

__all__ = ["check_source_host", "find_server_problems", "find_source_problems"]

VARIABLES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
OWN_VARIABLES = "REGISTRAR_"
PERMISSIONS = "REGISTRAR_ALLOW_"


def find_source_problems(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problem of each model's URI with a host that is not allowed."""
    server = config.get("server")
    tracking = server.get("tracking_uri") if isinstance(server, dict) else None
    for path, uri, _ in list_uris(config):
        with contextlib.suppress(UriError):  # `validation` reports it
            parse_uri(uri)
            if parse_source_host(uri) is None:
                continue
            problem = check_source_host(uri, str(tracking), read_permissions())
            if problem is not None:
                yield path, problem


def check_source_host(uri: str, tracking_uri: str, permissions: Permissions) -> Problem | None:
    """Return the problem of a place of a model that lies on a host which may not be contacted.

    The tracking server and REGISTRAR_ALLOW_HOSTS may be.
    """
    address = parse_source_host(uri)
    if address is None:
        return None
    tracking = parse_address(tracking_uri)
    is_proxied = scheme_of(uri) == "mlflow-artifacts"
    if not isinstance(address, str) and tracking is not None:
        # MLflow takes mlflow-artifacts://HOST/ for the port that is the tracking server's scheme's own.
        port = address.port or DEFAULT_PORTS.get(tracking.scheme)
        if (address.host, port) == (tracking.host, tracking.port) and (
            is_proxied or address.scheme == tracking.scheme
        ):
            return None
    if is_proxied:
        message = f"{safe_uri(uri)} names a server that is not the tracking server"
        return Problem(
            "host-not-allowed", message, "Write mlflow-artifacts:/PATH, or runs:/RUN_ID/PATH."
        )
    if not isinstance(address, str) and permissions.may_contact(address.host, address.port):
        return None
    place = address if isinstance(address, str) else address.place
    message = f"{safe_uri(uri)} would be read from the host {quote(place)}"
    return Problem(
        "host-not-allowed", message, explain_permission(ALLOW_HOSTS, place, only_strict=False)
    )


def find_server_problems(job: Job) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problem of each server that only a file names, in strict mode.

    A server that the environment or the command line names as well is allowed.
    """
    permissions = read_permissions()
    if not permissions.is_strict:
        return
    yield from _find_foreign_variables(job, permissions)
    addresses = [*list_servers(job.config), *_list_executors(job.config)]
    named = [os.environ.get(name, "") for name in VARIABLES]
    named += [uri for path, uri in addresses if job.is_given(path)]
    known = {address for uri in named if (address := parse_address(uri)) is not None}
    for path, uri in addresses:
        address = parse_address(uri)
        if is_local(uri) or uri in named or address in known:
            continue
        if address is not None and permissions.may_contact(address.host, address.port):
            continue
        yield path, _explain_server(uri, address)


def _list_executors(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    executor = config.get("executor")
    if isinstance(executor, dict) and isinstance(executor.get("address"), str):
        yield ("executor", "address"), executor["address"]


def _find_foreign_variables(
    job: Job, permissions: Permissions
) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problem of each variable in `credentials` that a file may not name."""
    for path, server in list_server_nodes(job.config):
        credentials = server.get("credentials")
        for field, name in (credentials if isinstance(credentials, dict) else {}).items():
            below = (*path, "credentials", field)
            if not isinstance(name, str) or job.is_given(below):
                continue
            is_own = name.startswith(OWN_VARIABLES) and not name.startswith(PERMISSIONS)
            if not is_own and not permissions.may_send_variable(name):
                message = f"a file may not send the environment variable {quote(name)} to a server"
                hint = "Name it REGISTRAR_..., such as REGISTRAR_PROD_PASSWORD."
                allow = explain_permission(ALLOW_ENV, name, only_strict=True)
                yield below, Problem("variable-not-allowed", message, f"{hint} {allow}")


def _explain_server(uri: str, address: Address | None) -> Problem:
    if address is None:
        message = f"a file names the server {quote(safe_uri(uri))}, whose host is not certain"
        hint = "Name it in MLFLOW_TRACKING_URI, or on the command line."
        return Problem("host-not-allowed", message, hint)
    message = f"a file names the host {quote(address.place)}"
    hint = explain_permission(ALLOW_HOSTS, address.place, only_strict=True)
    return Problem("host-not-allowed", message, hint)

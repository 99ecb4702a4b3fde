"""Every combination of a client and a registry, and a server with users."""

from __future__ import annotations

import contextlib
import json
import ssl
import uuid
from typing import TYPE_CHECKING

import pytest

from registrar import registry as registries
from registrar.registry.http.session import Session
from tests.support.certificates import issued
from tests.support.mlflow_server import run_server
from tests.support.proxy import record_requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registrar.registry import Registry, Store

CLIENTS = (
    # Who sends the requests, and to what.
    *("MLflow's client on SQLite", "MLflow's client over HTTP", "MLflow's session over HTTP"),
    *("registrar over HTTP", "registrar over HTTPS"),
    *("MLflow's session over HTTP with users", "registrar over HTTP with users"),
)
PASSWORD = "a-long-password"


@pytest.fixture(scope="module")
def server_with_users(
    tmp_path_factory: pytest.TempPathFactory, blank_database: Path
) -> Iterator[str]:
    """A server with users and passwords."""
    pytest.importorskip("flask_wtf", reason="MLflow's basic-auth needs Flask-WTF")
    folder = tmp_path_factory.mktemp("users")
    (folder / "mlflow.db").write_bytes(blank_database.read_bytes())
    # As MLflow's own file, but a password is hashed once, not at each request.
    (folder / "basic_auth.ini").write_text(
        "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///basic_auth.db\n"
        "admin_username = admin\nauth_cache_ttl_seconds = 600\nauthorization_function ="
        " mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    with run_server(
        folder,
        f"sqlite:///{folder / 'mlflow.db'}",
        *("--app-name", "basic-auth"),
        MLFLOW_FLASK_SERVER_SECRET_KEY="loopback",
        MLFLOW_AUTH_ADMIN_PASSWORD=PASSWORD,
        MLFLOW_AUTH_CONFIG_PATH=str(folder / "basic_auth.ini"),
    ) as running:
        yield running.url


@pytest.fixture(params=CLIENTS)
def connection(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Registry, Store]]:
    """A name that is free, and a registry and a store that one of the clients reaches."""
    monkeypatch.chdir(tmp_path)  # where MLflow puts the artifacts of an SQLite file
    fixtures = {"SQLite": "database", "users": "server_with_users"}
    last = request.param.rpartition(" ")[2]
    uri = str(request.getfixturevalue(fixtures.get(last, "server")))
    if last == "users":
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    with contextlib.ExitStack() as stack:
        if "HTTPS" in request.param:
            authority, issuer = issued(tmp_path, "authority.pem", authority=True)
            certificate, _ = issued(tmp_path, "server.pem", issuer)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            uri, _ = stack.enter_context(record_requests(uri, tls=context))
            monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(authority))
        if "MLflow's client" in request.param:
            # A plugin for this scheme decides so, which has to be installed before the process begins.
            monkeypatch.setattr("registrar.registry.connection.has_store_plugin", lambda _: True)
        if "MLflow's session" in request.param:
            netrc = tmp_path / "netrc"
            netrc.write_text(f"machine 127.0.0.1 login admin password {PASSWORD}\n")
            monkeypatch.setenv("NETRC", str(netrc))
        connected = registries.connect({"tracking_uri": uri}, writes=True)
        backend = stack.enter_context(connected)
        registry, store = backend.registry, backend.store
        yield f"model-{uuid.uuid4().hex[:8]}", registry, store


@pytest.fixture
def user(server_with_users: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Name and password of somebody who is not the administrator."""
    name, password = f"zoë-{uuid.uuid4().hex[:8]}", "long-password-é"
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
        patch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        body = json.dumps({"username": name, "password": password}).encode()
        made = Session(server_with_users, 60).request(
            "POST", "/api/2.0/mlflow/users/create", body=body
        )
    assert made.status == 200
    return name, password

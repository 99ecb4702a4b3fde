"""MLflow's settings for headers and certificates."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from registrar import registry as registries
from registrar.errors import (
    UnreachableError,
)
from tests.server.backends.registry_calls import observed
from tests.support.certificates import issued
from tests.support.proxy import Reply, always, record_requests

if TYPE_CHECKING:
    from pathlib import Path


def test_headers_for_the_workspace_and_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    monkeypatch.setenv("MLFLOW_WORKSPACE", "vision")
    with record_requests(None, always(Reply(200, "{}"))) as (url, requests):
        observed(url, "one", "two", "three", "four")
    for request in requests:
        assert request.headers["Authorization"] == "Bearer secret"
        assert request.headers["X-MLFLOW-WORKSPACE"] == "vision"


def test_an_untrusted_certificate_is_refused_unless_the_check_is_off(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = issued(tmp_path, "own.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with record_requests(server, tls=context) as (url, _):
        reached = registries.connect({"tracking_uri": url, "timeout": 1}, writes=False)
        with pytest.raises(UnreachableError, match="certificate is not trusted"), reached:
            pass
        monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
        assert observed(url, "absent") == {}


def test_a_client_certificate_is_shown_to_the_server(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, issuer = issued(tmp_path, "authority.pem", authority=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued(tmp_path, "server.pem", issuer)[0])
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(authority))
    with record_requests(server, tls=context) as (url, _):
        reached = registries.connect({"tracking_uri": url, "timeout": 1}, writes=False)
        with pytest.raises(UnreachableError), reached:
            pass
        ours, _ = issued(tmp_path, "ours.pem", issuer)
        monkeypatch.setenv("MLFLOW_TRACKING_CLIENT_CERT_PATH", str(ours))
        assert observed(url, "absent") == {}

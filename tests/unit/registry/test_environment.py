"""What the environment says about HTTP is read as MLflow's client reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.errors import ConfigError
from registrar.registry.http.environment import is_direct, proxy_for, request_headers, tls_settings

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://mlflow.example.org:5000"
CA_VARIABLES = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "MLFLOW_TRACKING_SERVER_CERT_PATH")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "netrc", *CA_VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("address", "url", "header"),
    [
        ("http://proxy:3128", "http://proxy:3128", None),
        ("proxy:3128", "http://proxy:3128", None),
        ("http://user:p%25ss@proxy:3128", "http://proxy:3128", "Basic dXNlcjpwJXNz"),
        ("user:pass@proxy:3128", "http://proxy:3128", "Basic dXNlcjpwYXNz"),
    ],
)
def test_a_proxy_is_read_with_or_without_scheme_and_credentials(
    monkeypatch: pytest.MonkeyPatch, address: str, url: str, header: str | None
) -> None:
    monkeypatch.setenv("http_proxy", address)
    proxy = proxy_for(URL)
    assert proxy is not None
    assert proxy.url == url
    assert proxy.headers.get("proxy-authorization") == header
    assert is_direct(URL)


def test_no_proxy_holds_for_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "10.0.0.0/8")
    assert proxy_for("http://10.1.2.3:5000") is None
    assert proxy_for("http://11.1.2.3:5000") is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MLFLOW_TRACKING_AWS_SIGV4", "true"),
        ("MLFLOW_TRACKING_AUTH", "plugin"),
        ("all_proxy", "socks5://proxy:1080"),
    ],
)
def test_what_only_mlflow_knows_is_left_to_its_client(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert is_direct(URL)
    monkeypatch.setenv(name, value)
    assert not is_direct(URL)


def test_credentials_of_a_netrc_file_are_left_to_mlflows_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "other"
    netrc.write_text("machine mlflow.example.org login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert not is_direct(URL)
    assert is_direct("http://another.example.org")


def test_a_certificate_file_is_taken_from_the_same_variables_as_by_requests(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in CA_VARIABLES:  # the last one wins
        file = tmp_path / name
        file.touch()
        monkeypatch.setenv(name, str(file))
        assert tls_settings()["ca_certs"] == str(file)
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(tmp_path / "absent"))
    with pytest.raises(ConfigError, match="does not exist"):
        tls_settings()


def test_user_and_password_come_before_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "token")
    assert request_headers()["Authorization"] == "Bearer token"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "user")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "pass")
    assert request_headers()["Authorization"] == "Basic dXNlcjpwYXNz"

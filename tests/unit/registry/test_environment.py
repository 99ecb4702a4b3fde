"""What environment variables and files say about HTTP, and who sends the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import certifi
import pytest

from registrar.errors import ConfigError
from registrar.registry.http import environment
from registrar.registry.http.environment import (
    Proxy,
    is_direct,
    proxy_for,
    request_headers,
    tls_settings,
)

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://mlflow.example:5000"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without files, an environment without settings, and no plugins."""
    monkeypatch.setenv("HOME", str(tmp_path))
    names = (
        *environment.SPECIAL_VARIABLES,
        *environment.CA_VARIABLES,
        *("NETRC", "MLFLOW_TRACKING_INSECURE_TLS", "MLFLOW_TRACKING_CLIENT_CERT_PATH"),
        *("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"),
        *("MLFLOW_WORKSPACE", "SSL_CERT_FILE"),
    )
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(environment, "_plugins", lambda _: frozenset())
    return tmp_path


def test_a_plain_server_is_asked_directly() -> None:
    assert is_direct(URL)
    assert is_direct("HTTPS://mlflow.example")


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "databricks", "postgresql://host/db", ""])
def test_what_is_no_server_is_not(uri: str) -> None:
    assert not is_direct(uri)


@pytest.mark.parametrize(
    ("name", "value", "direct"),
    [
        ("MLFLOW_TRACKING_AWS_SIGV4", "true", False),
        ("MLFLOW_TRACKING_AWS_SIGV4", "false", True),
        ("MLFLOW_TRACKING_AWS_SIGV4", "0", True),
        ("MLFLOW_TRACKING_AUTH", "kubernetes", False),
        ("DATABRICKS_RUNTIME_VERSION", "15", False),
        ("HTTP_PROXY", "http://proxy:3128", True),
        ("HTTP_PROXY", "proxy:3128", True),
        ("HTTP_PROXY", "http://me:secret@proxy:3128", True),
        ("HTTP_PROXY", "socks5://proxy:1080", False),
        ("ALL_PROXY", "socks5h://proxy:1080", False),
        ("HTTPS_PROXY", "socks5://proxy:1080", True),  # not for http
        ("MLFLOW_TRACKING_USERNAME", "me", True),
        ("MLFLOW_WORKSPACE", "vision", True),
    ],
)
def test_what_only_mlflow_knows_is_left_to_mlflow(
    name: str,
    value: str,
    direct: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, value)
    assert is_direct(URL) == direct


def test_a_plugin_for_headers_is_left_to_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = environment.HEADER_PLUGINS
    monkeypatch.setattr(
        environment, "_plugins", lambda group: {"mine"} if group == headers else frozenset()
    )
    assert not is_direct(URL)
    assert not environment.has_store_plugin(URL)
    monkeypatch.setattr(environment, "_plugins", lambda _: frozenset({"http"}))
    assert environment.has_store_plugin(URL)
    assert not environment.has_store_plugin("https://host")


@pytest.mark.parametrize(
    ("name", "content", "direct"),
    [
        (".netrc", "machine mlflow.example login me password x\n", False),
        ("_netrc", "machine mlflow.example login me password x\n", False),
        (".netrc", "default login me password x\n", False),
        (".netrc", "machine other login me password x\n", True),
        (".netrc", "not a netrc file\n", True),
    ],
)
def test_a_password_in_a_netrc_file_is_left_to_mlflow(
    home: Path,
    name: str,
    content: str,
    direct: bool,
) -> None:
    (home / name).write_text(content)
    (home / name).chmod(0o600)
    assert is_direct(URL) == direct


def test_netrc_names_another_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "elsewhere").write_text("machine mlflow.example login me password x\n")
    monkeypatch.setenv("NETRC", str(home / "elsewhere"))
    assert not is_direct(URL)
    monkeypatch.setenv("NETRC", str(home / "missing"))
    assert is_direct(URL)


@pytest.mark.parametrize(
    ("value", "proxy"),
    [
        ("http://proxy:3128", Proxy("http://proxy:3128", {})),
        ("proxy:3128", Proxy("http://proxy:3128", {})),
        (
            "user:pass@proxy:3128",
            Proxy("http://proxy:3128", {"proxy-authorization": "Basic dXNlcjpwYXNz"}),
        ),
        (
            "http://me:p%40ss@proxy:3128/",
            Proxy("http://proxy:3128", {"proxy-authorization": "Basic bWU6cEBzcw=="}),
        ),
        ("http://mé@proxy", Proxy("http://proxy", {"proxy-authorization": "Basic bcOpOg=="})),
    ],
)
def test_the_proxy_is_read_from_its_variable(
    value: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", value)
    assert proxy_for(URL) == proxy
    assert proxy_for("https://mlflow.example") is None


@pytest.mark.parametrize(
    ("exceptions", "url", "used"),
    [
        ("", URL, True),
        ("other.example", URL, True),
        ("mlflow.example", URL, False),
        (".example", URL, False),
        ("mlflow.example:5000", URL, False),
        ("mlflow.example:80", URL, True),
        ("*", URL, False),
        ("10.0.0.0/8", "http://10.1.2.3:5000", False),
        ("10.0.0.0/8", "http://11.1.2.3:5000", True),
    ],
)
def test_no_proxy_lists_hosts_without_a_proxy(
    exceptions: str,
    url: str,
    used: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert (proxy_for(url) is not None) == used


def test_a_login_is_read_from_variables_then_from_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(request_headers()) == {"User-Agent"}
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "token")
    assert request_headers()["Authorization"] == "Bearer token"
    (home / ".mlflow").mkdir()
    (home / ".mlflow" / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = me\nmlflow_tracking_password = %x\n"
    )
    assert request_headers()["Authorization"] == "Basic bWU6JXg="
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "é")
    assert request_headers()["Authorization"] == "Basic w6k6JXg="
    (home / ".mlflow" / "credentials").write_text("no section")
    with pytest.raises(ConfigError, match="is not an INI file"):
        request_headers()


def test_the_workspace_is_sent_as_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WORKSPACE", " vision ")
    assert request_headers()["X-MLFLOW-WORKSPACE"] == "vision"


def test_certificates_are_read_from_the_variables_of_mlflow_and_requests(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    required = {"cert_reqs": "CERT_REQUIRED"}
    monkeypatch.setenv("SSL_CERT_FILE", str(home / "unread"))  # requests does not read it either
    assert tls_settings() == required | {"ca_certs": certifi.where()}
    for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "MLFLOW_TRACKING_SERVER_CERT_PATH"):
        path = home / name
        path.write_text("")
        monkeypatch.setenv(name, str(path))
        assert tls_settings() == required | {"ca_certs": str(path)}
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(home))
    assert tls_settings() == required | {"ca_cert_dir": str(home)}
    monkeypatch.setenv("MLFLOW_TRACKING_CLIENT_CERT_PATH", str(path))
    assert tls_settings()["cert_file"] == str(path)
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(home / "missing"))
    with pytest.raises(ConfigError, match=r"CERT_PATH: .*/missing does not exist"):
        tls_settings()
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    with pytest.raises(ConfigError, match="exclude each other"):
        tls_settings()

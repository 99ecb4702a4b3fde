"""Proxies that only pass bytes on: HTTPS through CONNECT, and SOCKS."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import issued
from tests.support.forward_proxy import run_forward_proxy
from tests.support.proxy import record_requests
from tests.support.socks_proxy import run_socks_proxy
from tests.support.user_scripts import RUN_REGISTRAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.proxy import Request
    from tests.support.registrar_process import ForkServer, Result

WITHOUT_PYSOCKS = "import sys; sys.modules['socks'] = None"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The certificate that vouches for `secure_server`."""
    return tmp_path / "authority.pem"


@pytest.fixture
def secure_server(
    server: str, tmp_path: Path, authority: Path
) -> Iterator[tuple[str, list[Request]]]:
    """The server behind HTTPS, and the requests that reach it."""
    _, issuer = issued(tmp_path, authority.name, authority=True)
    certificate, _ = issued(tmp_path, "server.pem", issuer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with record_requests(server, tls=context) as (url, requests):
        yield url, requests


@pytest.fixture
def run(
    registrar: Callable[..., Result], secure_server: tuple[str, list[Request]], authority: Path
) -> Callable[..., Result]:
    """Run a command against the server behind HTTPS, with more of the environment."""

    def run_command(command: str, **env: str) -> Result:
        settings = {
            "MLFLOW_TRACKING_URI": secure_server[0],
            "MLFLOW_TRACKING_SERVER_CERT_PATH": str(authority),
            "no_proxy": "",
        }
        return registrar(command, "model=mnist", **{**settings, **env})

    return run_command


def test_https_goes_through_a_tunnel_that_sees_no_request(
    run: Callable[..., Result], secure_server: tuple[str, list[Request]]
) -> None:
    url, requests = secure_server
    with run_forward_proxy("user", "p%ss") as proxy:
        env = {"https_proxy": f"http://user:p%25ss@{proxy.address}", "MLFLOW_TRACKING_TOKEN": "t-1"}
        applied, checked = run("apply", **env), run("check", **env)
    assert (applied.code, checked.code) == (0, 0), applied.err + checked.err
    assert set(proxy.urls) == {url.removeprefix("https://")}
    assert any(request.path.endswith("/model-versions/create") for request in requests)
    # The server gets the server's credentials, and the proxy's only the proxy.
    assert {request.headers.get("Authorization") for request in requests} == {"Bearer t-1"}
    assert not any("Proxy-Authorization" in request.headers for request in requests)
    assert "p%ss" not in applied.out + applied.err


def test_the_certificate_is_checked_through_a_tunnel(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    another, _ = issued(tmp_path, "another.pem", authority=True)
    with run_forward_proxy() as proxy:
        result = run(
            "check",
            https_proxy=f"http://{proxy.address}",
            MLFLOW_TRACKING_SERVER_CERT_PATH=str(another),
        )
    assert result.code == 4
    assert "certificate is not trusted" in result.err
    assert proxy.urls


def test_a_tunnel_that_is_refused_is_one_message_without_the_password(
    run: Callable[..., Result], secure_server: tuple[str, list[Request]]
) -> None:
    with run_forward_proxy("user", "right") as proxy:
        result = run("check", https_proxy=f"http://user:wrong@{proxy.address}")
    assert result.code == 4
    assert "407" in result.err
    assert "Traceback" not in result.err
    assert "wrong" not in result.out + result.err
    assert secure_server[1] == []


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_passes_http_on(
    registrar: Callable[..., Result], server: str, scheme: str
) -> None:
    url = server.replace("127.0.0.1", "localhost")
    port = url.rpartition(":")[2]
    with run_socks_proxy("user", "p%ss") as proxy:
        env = {
            "MLFLOW_TRACKING_URI": url,
            "all_proxy": f"{scheme}://user:p%25ss@{proxy.address}",
            "no_proxy": "",
        }
        applied = registrar("apply", "model=mnist", **env)
        checked = registrar("check", "model=mnist", **env)
    assert (applied.code, checked.code) == (0, 0), applied.err + checked.err
    # With socks5h the proxy looks the name up, else this machine does.
    assert set(proxy.targets) == {f"{'localhost' if scheme == 'socks5h' else '127.0.0.1'}:{port}"}
    assert "p%ss" not in applied.out + applied.err


def test_a_socks_proxy_passes_https_on(
    run: Callable[..., Result], secure_server: tuple[str, list[Request]]
) -> None:
    url, requests = secure_server
    with run_socks_proxy() as proxy:
        result = run("check", all_proxy=f"socks5://{proxy.address}")
    assert result.code == 3, result.err
    assert set(proxy.targets) == {url.removeprefix("https://")}
    assert requests


def test_a_socks_proxy_that_refuses_is_one_message_without_the_password(
    registrar: Callable[..., Result], server: str
) -> None:
    with run_socks_proxy("user", "right") as proxy:
        result = registrar(
            *("check", "model=mnist", "server.timeout=2"),
            MLFLOW_TRACKING_URI=server,
            all_proxy=f"socks5://user:wrong@{proxy.address}",
            no_proxy="",
        )
    assert result.code == 4, result.err
    assert "Traceback" not in result.err
    assert "wrong" not in result.out + result.err
    assert proxy.targets == []


def test_a_socks_proxy_needs_a_package_and_says_which(
    fork_server: ForkServer, repository: Path, server: str
) -> None:
    result = fork_server.start(
        ["check", "model=mnist"],
        repository,
        code=f"{WITHOUT_PYSOCKS}\n{RUN_REGISTRAR}",
        MLFLOW_TRACKING_URI=server,
        all_proxy="socks5://127.0.0.1:9",
        no_proxy="",
    ).wait()
    assert result.code == 2
    assert "PySocks" in result.err
    assert "Traceback" not in result.err

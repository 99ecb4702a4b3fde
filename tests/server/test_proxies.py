"""Proxies for plain HTTP, redirects and netrc files: the habits of MLflow's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.forward_proxy import run_forward_proxy
from tests.support.proxy import Reply, Request, record_requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


@pytest.fixture
def run(registrar: Callable[..., Result], server: str) -> Callable[..., Result]:
    """Run a command against the server, with more of the environment."""

    def run_command(*argv: str, **env: str) -> Result:
        return registrar(*argv, "model=mnist", MLFLOW_TRACKING_URI=server, **env)

    return run_command


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_with_a_password_gets_it(run: Callable[..., Result], scheme: str) -> None:
    with run_forward_proxy("user", "p%ss") as proxy:
        address = f"{scheme}user:p%25ss@{proxy.address}"
        applied = run("apply", http_proxy=address, no_proxy="")
        checked = run("check", http_proxy=address, no_proxy="")
    assert (applied.code, checked.code) == (0, 0), applied.err + checked.err
    assert any(url.endswith("/model-versions/create") for url in proxy.urls)
    assert "p%ss" not in applied.out + applied.err


def test_a_proxy_that_refuses_is_one_message_without_the_password(
    run: Callable[..., Result],
) -> None:
    with run_forward_proxy("user", "right") as proxy:
        result = run("check", http_proxy=f"http://user:wrong@{proxy.address}", no_proxy="")
    assert result.code in {4, 6}
    assert "407" in result.err
    assert "Traceback" not in result.err
    assert "wrong" not in result.out + result.err


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_down_is_named_without_its_password(
    registrar: Callable[..., Result], scheme: str
) -> None:
    result = registrar(
        *("plan", "model=mnist", "server.timeout=0.5"),
        MLFLOW_TRACKING_URI=f"{scheme}://mlflow.example.org",
        http_proxy="http://user:secret-word@127.0.0.1:9",
        https_proxy="http://user:secret-word@127.0.0.1:9",
        no_proxy="",
    )
    assert result.code == 4
    assert result.err.startswith(
        f"cannot reach {scheme}://mlflow.example.org: connection refused "
        "(through the proxy http://127.0.0.1:9)."
    )
    assert "secret-word" not in result.err


@pytest.mark.parametrize("networks", ["127.0.0.1", "127.0.0.0/8", "*"])
def test_no_proxy_holds_for_hosts_and_networks(run: Callable[..., Result], networks: str) -> None:
    with run_forward_proxy() as proxy:
        result = run("check", http_proxy=f"http://{proxy.address}", no_proxy=networks)
    assert result.code == 3
    assert proxy.urls == []


def test_credentials_of_a_netrc_file_are_sent(
    registrar: Callable[..., Result], server: str, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    with record_requests(server) as (url, requests):
        result = registrar("check", "model=mnist", MLFLOW_TRACKING_URI=url, NETRC=str(netrc))
    assert result.code == 3, result.err
    sent = {request.headers.get("Authorization", "") for request in requests}
    assert sent == {"Basic c29tZWJvZHk6c29tZXRoaW5n"}


def test_a_redirect_is_followed_only_where_mlflow_would_follow_it(
    registrar: Callable[..., Result], server: str
) -> None:
    def move(request: Request) -> Reply | None:
        location = (("Location", "/version?moved=1"),)
        return Reply(302, headers=location) if request.target == "/version" else None

    with record_requests(server, move) as (url, requests):
        followed = registrar("check", "model=mnist", MLFLOW_TRACKING_URI=url)
        assert [request.target for request in requests[:2]] == ["/version", "/version?moved=1"]
        requests.clear()
        registrar(
            "check",
            "model=mnist",
            MLFLOW_TRACKING_URI=url,
            MLFLOW_ALLOW_HTTP_REDIRECTS="false",
        )
        assert "/version?moved=1" not in [request.target for request in requests]
    assert followed.code == 3, followed.err

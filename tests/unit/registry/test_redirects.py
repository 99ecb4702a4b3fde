"""Redirects: on the same server they are followed, to another one they are told."""

from __future__ import annotations

import pytest

from registrar.errors import ServerError
from registrar.registry.failures import UnexpectedReplyError
from registrar.registry.http.redirects import follow

BASE = "http://host:5000/mlflow"
URL = f"{BASE}/api/x?token=abc"


@pytest.mark.parametrize("location", ["/other", "../y", "http://HOST:5000/other"])
def test_a_redirect_on_the_same_server_is_followed(location: str) -> None:
    assert follow(BASE, URL, location).lower().startswith("http://host:5000/")


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://host:5000/mlflow/api/x?token=abc", "https://host:5000/mlflow"),
        ("http://host/mlflow/api/x", "http://host/mlflow"),
        ("//evil.example/login?next=/mlflow", "http://evil.example"),
        ("http://me:secret@evil.example/", "http://evil.example"),
    ],
)
def test_another_server_is_told_without_secrets(location: str, told: str) -> None:
    with pytest.raises(ServerError) as caught:
        follow(BASE, URL, location)
    (problem,) = caught.value.problems
    assert (problem.code, caught.value.exit_code) == ("redirected", 4)
    assert f"{BASE} redirects to another server, {told}" in problem.message
    assert "token" not in str(problem)
    assert "secret" not in str(problem)


@pytest.mark.parametrize(
    "location",
    ["http://[1", "http://host:99999/", "file:///etc/passwd", "http://host:5000\\@evil.example/"],
)
def test_a_redirect_to_no_address_is_an_unexpected_reply(location: str) -> None:
    with pytest.raises(UnexpectedReplyError):
        follow(BASE, URL, location)

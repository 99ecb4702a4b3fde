"""What changes MLflow's requests changes registrar's: plugins, and signatures for AWS."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.proxy import record_requests
from tests.support.registrar_process import ROOT, command
from tests.support.user_scripts import RUN_REGISTRAR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.proxy import Request
    from tests.support.registrar_process import ForkServer, Result

# A package of a company: a login for each request, and headers for its gateway.
PLUGIN = """
from mlflow.tracking.request_auth.abstract_request_auth_provider import RequestAuthProvider
from mlflow.tracking.request_header.abstract_request_header_provider import RequestHeaderProvider
from requests.auth import AuthBase

class Ticket(AuthBase):
    def __call__(self, request):
        request.headers["X-Ticket"] = "ticket-1"
        return request

class Login(RequestAuthProvider):
    def get_name(self):
        return "company"
    def get_auth(self):
        return Ticket()

class Headers(RequestHeaderProvider):
    def in_context(self):
        return True
    def request_headers(self):
        return {"X-Team": "vision"}
"""
ENTRY_POINTS = {
    "X-Ticket": "[mlflow.request_auth_provider]\nunused = company:Login\n",
    "X-Team": "[mlflow.request_header_provider]\nunused = company:Headers\n",
}
KEYS = {
    "MLFLOW_TRACKING_AWS_SIGV4": "true",
    "AWS_ACCESS_KEY_ID": "AKIATEST",
    "AWS_SECRET_ACCESS_KEY": "secret-of-aws",
    "AWS_SESSION_TOKEN": "session-of-aws",
    "AWS_DEFAULT_REGION": "eu-central-1",
}
WITHOUT_SIGNATURES = "import sys; sys.modules['requests_auth_aws_sigv4'] = None"
# A plugin whose service is down.
FAILING_LOGIN = """
from mlflow.tracking.request_auth.registry import _request_auth_provider_registry as plugins

class Login:
    def get_name(self):
        return "company"
    def get_auth(self):
        raise RuntimeError("no ticket: token=hunter2")

plugins.register(Login)
"""


def install(folder: Path, entry_points: str) -> str:
    """Install the package into a folder of its own; return the PYTHONPATH with that folder."""
    (folder / "company.py").write_text(PLUGIN)
    info = folder / "company-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: company\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    return f"{folder}{os.pathsep}{ROOT}"


def is_signed(request: Request, url: str) -> bool:
    """Whether botocore makes the signature of a request, too."""
    headers = {key.lower(): value for key, value in request.headers.items()}
    algorithm, _, fields = headers["authorization"].partition(" ")
    parts = dict(field.strip().split("=", 1) for field in fields.split(","))
    if algorithm != "AWS4-HMAC-SHA256" or headers["x-amz-security-token"] != "session-of-aws":
        return False
    signed = {name: headers[name] for name in parts["SignedHeaders"].split(";")}
    again = AWSRequest(request.method, url + request.target, data=request.body, headers=signed)
    again.context["timestamp"] = headers["x-amz-date"]
    keys = Credentials(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"])
    signer = SigV4Auth(keys, "execute-api", KEYS["AWS_DEFAULT_REGION"])
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return bool(signer.signature(text, again) == parts["Signature"])


@pytest.mark.parametrize("header", ENTRY_POINTS)
def test_a_plugin_sees_every_request(
    header: str, server: str, small_model_repository: Path, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    path = install(packages, ENTRY_POINTS[header])
    with record_requests(server) as (url, requests):
        result = command(
            *(["model=mnist"], small_model_repository),
            PYTHONPATH=path,
            MLFLOW_TRACKING_URI=url,
            MLFLOW_TRACKING_AUTH="company" if header == "X-Ticket" else "",
        )
    assert (result.code, result.err) == (0, "")
    expected = "ticket-1" if header == "X-Ticket" else "vision"
    assert {request.headers.get(header) for request in requests} == {expected}
    assert {request.method for request in requests} >= {"GET", "POST", "PUT"}


def test_requests_are_signed_for_aws(
    registrar: Callable[..., Result], server: str, small_model_repository: Path
) -> None:
    with record_requests(server) as (url, requests):
        applied = registrar("apply", "model=mnist", MLFLOW_TRACKING_URI=url, **KEYS)
        verified = registrar("verify", "model=mnist", MLFLOW_TRACKING_URI=url, **KEYS)
    assert (applied.code, verified.code) == (0, 0), applied.err + verified.err
    assert {request.method for request in requests} >= {"GET", "POST", "PUT"}
    assert [str(request) for request in requests if not is_signed(request, url)] == []
    # AWS spells a space as %20 where it checks a signature.
    assert [request.target for request in requests if "+" in request.target] == []
    assert "secret-of-aws" not in applied.out + applied.err


def test_signatures_need_a_package_and_say_which(
    fork_server: ForkServer, repository: Path, server: str
) -> None:
    result = fork_server.start(
        ["check", "model=mnist"],
        repository,
        code=f"{WITHOUT_SIGNATURES}\n{RUN_REGISTRAR}",
        MLFLOW_TRACKING_URI=server,
        MLFLOW_TRACKING_AWS_SIGV4="true",
    ).wait()
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"{server} needs the package requests_auth_aws_sigv4. Install requests_auth_aws_sigv4.\n"
    )


def test_credentials_that_do_not_exist_sign_nothing(
    registrar: Callable[..., Result], server: str, tmp_path: Path
) -> None:
    with record_requests(server) as (url, requests):
        result = registrar(
            *("check", "model=mnist"),
            MLFLOW_TRACKING_URI=url,
            MLFLOW_TRACKING_AWS_SIGV4="true",
            AWS_EC2_METADATA_DISABLED="true",
            HOME=str(tmp_path),
        )
    assert (result.code, result.out) == (4, "")
    assert result.err == (
        f"requests to {url} cannot be signed for AWS. Set AWS_ACCESS_KEY_ID, "
        "AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION, or AWS_PROFILE.\n"
    )
    assert requests == []


def test_a_plugin_that_is_not_installed_sends_nothing(
    registrar: Callable[..., Result], server: str
) -> None:
    with record_requests(server) as (url, requests):
        result = registrar(
            *("check", "model=mnist"), MLFLOW_TRACKING_URI=url, MLFLOW_TRACKING_AUTH="compnay"
        )
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "MLFLOW_TRACKING_AUTH: MLflow finds no plugin 'compnay'. "
        "Install the package that holds it, or correct the name.\n"
    )
    assert requests == []


def test_a_plugin_that_fails_is_one_message_without_secrets(
    fork_server: ForkServer, repository: Path, server: str
) -> None:
    with record_requests(server) as (url, requests):
        result = fork_server.start(
            ["check", "model=mnist"],
            repository,
            code=f"{FAILING_LOGIN}\n{RUN_REGISTRAR}",
            MLFLOW_TRACKING_URI=url,
            MLFLOW_TRACKING_AUTH="company",
        ).wait()
    assert (result.code, result.out) == (4, "")
    assert result.err == (
        f"the plugin 'company' cannot log in to {url}: no ticket: token=***. "
        "Check what the plugin needs.\n"
    )
    assert requests == []

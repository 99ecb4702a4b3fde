"""Rights on a real server with basic authentication: told before the first write."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.mlflow_server import run_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.registrar_process import Result

ADMIN, PASSWORD = "admin", "an-admins-password-1"
INI = """[mlflow]
default_permission = READ
database_uri = sqlite:///{folder}/users.db
admin_username = admin
admin_password = {password}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


pytestmark = pytest.mark.exhaustive  # each request takes a third of a second: passwords are hashed


def ask(url: str, path: str, fields: dict[str, Any], user: str = ADMIN) -> None:
    """Send a request as a user; each has the same password."""
    login = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    body = json.dumps(fields).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, body, headers)):
        pass


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server with the users admin, alice and bob."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "auth.ini").write_text(INI.format(folder=folder, password=PASSWORD))
    database = f"sqlite:///{folder / 'mlflow.db'}"
    env = {
        "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "x",
    }
    with run_server(folder, database, "--app-name", "basic-auth", workers=1, **env) as running:
        for user in ("alice", "bob"):
            fields = {"username": user, "password": PASSWORD}
            ask(running.url, "/api/2.0/mlflow/users/create", fields)
        yield running.url


def grant(url: str, user: str, kind: str, name: str, permission: str) -> None:
    fields = {"username": user, "resource_type": kind, "resource_id": name}
    ask(url, "/api/3.0/mlflow/users/permissions/grant", {**fields, "permission": permission})


def test_a_plan_that_its_own_user_cannot_apply_says_so(
    repository: Path, registrar: Callable[..., Result], guarded: str
) -> None:
    path = repository / "configs" / "model" / "mnist.yaml"
    path.write_text("name: 'mnist & co'\nuri: s3://b/x\nverify: false\naliases: [champion]\n")

    def run(user: str, *words: str) -> Result:
        login = {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": PASSWORD}
        return registrar(*words, "model=mnist", MLFLOW_TRACKING_URI=guarded, **login)

    def noted(result: Result) -> list[str]:
        assert result.code == 0, result.err
        prefix = "note: mnist & co: bob cannot apply this: the server gives the permission "
        lines = result.err.splitlines()
        return [line.removeprefix(prefix) for line in lines if "cannot apply" in line]

    assert run("alice").code == 0  # whoever creates a model may manage it
    change = ("model.aliases=[]", "++model.metadata.lr=1")
    assert noted(run("bob", "plan", *change)) == ["READ, and the plan needs MANAGE"]
    refused = run("bob", *change)
    refusal = (
        "mnist & co: bob has the permission READ, and the plan needs MANAGE. Ask an administrator "
        "of the server for it, or run it as another user.\n"
    )
    assert (refused.code, refused.err.endswith(refusal)) == (6, True), refused.err
    assert run("bob", "check").code == 0  # nothing was written
    grant(guarded, "bob", "registered_model", "mnist & co", "EDIT")
    assert noted(run("bob", "plan", *change)) == ["EDIT, and the plan needs MANAGE"]
    assert run("bob", "++model.metadata.lr=1").code == 0
    for user in ("alice", ADMIN):
        assert noted(run(user, "plan", *change)) == []
    assert run(ADMIN, *change).code == 0


def test_a_new_model_needs_no_permission_on_it(
    repository: Path, registrar: Callable[..., Result], guarded: str
) -> None:
    path = repository / "configs" / "model" / "mnist.yaml"
    path.write_text("name: own\nuri: s3://b/x\nverify: false\naliases: [champion]\n")
    login = {"MLFLOW_TRACKING_USERNAME": "bob", "MLFLOW_TRACKING_PASSWORD": PASSWORD}
    done = registrar("model=mnist", MLFLOW_TRACKING_URI=guarded, **login)
    assert done.code == 0, done.err


def test_who_may_not_upload_is_told_before_the_model_is_created(
    small_model_repository: Path,
    registrar: Callable[..., Result],
    guarded: str,
    mlflow_client: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(user: str, *words: str) -> Result:
        login = {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": PASSWORD}
        return registrar(*words, "model=mnist", MLFLOW_TRACKING_URI=guarded, **login)

    (small_model_repository / "models" / "mnist" / "README.md").write_text("alice's")
    done = run("alice", "model.name=hers")  # the experiment of uploads is hers
    assert done.code == 0, done.err
    words = "has the permission READ on the experiment 'registrar', and the plan needs EDIT"
    refused = run("bob")
    assert (refused.code, f"mnist: bob {words}" in refused.err) == (6, True), refused.err
    assert "the server gives the permission READ on the experiment" in run("bob", "plan").err
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", ADMIN)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    client = mlflow_client(guarded)
    assert "mnist" not in {model.name for model in client.search_registered_models()}
    experiment = client.get_experiment_by_name("registrar").experiment_id
    grant(guarded, "bob", "experiment", experiment, "EDIT")
    done = run("bob")
    assert done.code == 0, done.err

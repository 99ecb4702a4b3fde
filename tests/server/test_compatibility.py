"""What a team does with a registry, on SQLite and on a server of any MLflow version.

`.ci/matrix` runs this module with old and new clients, each with servers of several versions
(`REGISTRAR_SERVER_PYTHON` names the interpreter that has the server's MLflow). The tests use only
the command line, registrar's Python API and calls that every MLflow client since 2.3 has.
"""

from __future__ import annotations

import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from tests.support.mlflow_server import open_backend
from tests.support.proxy import Fault, FaultKind, inject_fault, record_requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

    Command = Callable[..., Result]
    Script = Callable[..., Any]

NUMBERS = """
from mlflow import MlflowClient
found = MlflowClient().search_model_versions(f"name = '{argv[0]}'")
answer = sorted(int(version.version) for version in found)
"""
CREATE_VERSION = """
from mlflow import MlflowClient
client = MlflowClient()
client.create_registered_model(argv[0])
answer = client.create_model_version(argv[0], "s3://bucket/model").version
"""
LOG_ARTIFACT = """
from mlflow import MlflowClient
client = MlflowClient()
run_id = client.create_run("0").info.run_id
client.log_artifacts(run_id, argv[0], "model")
client.set_terminated(run_id)
answer = run_id
"""
REGISTER_AFTER_TRAINING = """
import logging, mlflow, registrar

class Doubles(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input

logging.disable(logging.WARNING)
model = {"python_model": Doubles(), "pip_requirements": ["mlflow"]}
with mlflow.start_run():
    try:
        mlflow.pyfunc.log_model("model", **model)
    except mlflow.MlflowException as error:
        # MLflow 3 itself cannot log a model to a server of MLflow 2.
        if "/logged-models failed with error code 404" not in str(error):
            raise
        mlflow.pyfunc.save_model("trained", **model)
        mlflow.log_artifacts("trained", "model")
    registered = [registrar.register(argv[0], aliases=["challenger"]) for _ in range(2)]
loaded = registrar.load(argv[0], "challenger")
answer = {
    "actions": [registration.action for registration in registered],
    "versions": [registration.version for registration in registered],
    "run": registered[0].run_id == mlflow.last_active_run().info.run_id,
    "loaded": type(loaded).__name__,
}
"""


on_a_server = pytest.mark.parametrize("backend", ["http"], indirect=True)


@pytest.fixture(params=["sqlite", "http"])
def backend(request: pytest.FixtureRequest) -> str:
    """The URI of an empty registry."""
    return open_backend(request)


@pytest.fixture
def name() -> str:
    """A model name that no other test uses."""
    return f"model-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def run(registrar: Command, backend: str, name: str) -> Command:
    """Run a command for the model of this test."""

    def run(*argv: str, uri: str = backend) -> Result:
        words = (*argv, "model=mnist", f"model.name={name}")
        return registrar(*words, MLFLOW_TRACKING_URI=uri)

    return run


def changed(result: Result) -> dict[str, int]:
    """How many objects a plan or an apply creates, updates and deletes, without the zeros."""
    assert result.code in {0, 3}, result.err
    keys = ("create", "update", "delete")
    return {key: count for key in keys if (count := result.json["summary"].get(key))}


def test_a_directory_is_uploaded_once(run: Command, script: Script, name: str) -> None:
    assert changed(run("plan", "output=json")) == {"create": 3}
    assert changed(run("check", "output=json")) == {"create": 3}
    applied = run("apply", "output=json")
    assert (applied.code, changed(applied)) == (0, {"create": 3})
    for command in ("plan", "check", "apply"):
        repeated = run(command)
        assert (repeated.code, repeated.out.partition(":")[0]) == (0, "Nothing to do"), repeated.err
    assert script(NUMBERS, name) == [1]


@on_a_server
def test_a_second_apply_sends_no_write(run: Command, backend: str) -> None:
    assert run("apply").code == 0
    with record_requests(backend) as (url, requests):
        assert run("apply", uri=url).code == 0
    assert [str(request) for request in requests if request.writes] == []


@on_a_server
def test_a_long_tag_is_written_or_refused_before_anything_else(
    run: Command, script: Script, name: str, backend: str
) -> None:
    with urllib.request.urlopen(f"{backend}/version") as reply:
        is_old = Version(reply.read().decode()).major < 3
    applied = run("apply", f"+model.metadata.notes={'x' * 5001}")
    assert (applied.code, script(NUMBERS, name)) == ((2, []) if is_old else (0, [1])), applied.err
    assert ("which takes 5000" in applied.err) == is_old
    assert (name in run("show").out) != is_old


def test_description_metadata_and_aliases_change_in_place(
    run: Command, script: Script, name: str
) -> None:
    assert run("apply").code == 0
    overrides = (
        "model.description=Checked",
        "model.registered_model.description=Digits",
        "~model.metadata.lr",
        "model.metadata.epochs=7",
        "+model.metadata.stage=final",
        "model.aliases=[candidate]",
    )
    assert run("check", *overrides).code == 3
    applied = run("apply", *overrides)
    assert (applied.code, script(NUMBERS, name)) == (0, [1]), applied.err
    assert run("check", *overrides).code == 0
    shown = run("show", "show.version=1").out
    assert "Checked" in shown
    assert "epochs=7, optimizer=Adam, stage=final" in shown
    assert "champion" not in shown


def test_other_content_is_a_new_version_and_the_alias_moves(
    run: Command, script: Script, name: str, repository: Path
) -> None:
    assert run("apply").code == 0
    (repository / "models" / "mnist" / "letter.txt").write_text("B")
    assert run("check").code == 3
    assert run("apply").code == 0
    assert script(NUMBERS, name) == [1, 2]
    assert run("show", "show.alias=champion", "output=json").code == 0
    assert run("check").code == 0


def test_stored_files_are_verified(run: Command) -> None:
    assert run("apply").code == 0
    verified = run("verify")
    assert (verified.code, "7 files as registered" in verified.out) == (0, True), verified.err


def test_a_dumped_model_needs_no_change(
    run: Command, registrar: Command, backend: str, name: str
) -> None:
    assert run("apply").code == 0
    words = ("dump", f"dump.name={name}", "dump.dir=dumped/model")
    assert registrar(*words, MLFLOW_TRACKING_URI=backend).code == 0
    planned = registrar("plan", f"model={name}", "--config-dir=dumped", MLFLOW_TRACKING_URI=backend)
    assert (planned.code, planned.out.partition(":")[0]) == (0, "Nothing to do"), planned.err


def test_a_version_is_promoted_to_another_name(run: Command, script: Script, name: str) -> None:
    assert run("apply").code == 0
    words = ("promote", "promote.alias=champion", f"promote.as={name}-live")
    promoted = run(*words, "promote.aliases=[live]")
    assert promoted.code == 0, promoted.err
    repeated = run(*words, "promote.aliases=[live]")
    assert (repeated.code, script(NUMBERS, f"{name}-live")) == (0, [1]), repeated.err


def test_a_version_and_a_model_are_deleted(
    run: Command, script: Script, name: str, repository: Path
) -> None:
    assert run("apply").code == 0
    (repository / "models" / "mnist" / "letter.txt").write_text("B")
    assert run("apply").code == 0
    assert run("delete", "delete.version=1", "delete.yes=true").code == 0
    assert script(NUMBERS, name) == [2]
    whole = ("delete", "delete.yes=true", "delete.force=true")
    assert run(*whole, f"delete.name={name}").code == 0
    assert script(NUMBERS, name) == []


def test_a_model_in_a_run_is_registered_where_it_lies(
    run: Command, script: Script, name: str, repository: Path
) -> None:
    run_id = script(LOG_ARTIFACT, str(repository / "models" / "mnist"))
    uri = f"model.uri=runs:/{run_id}/model"
    applied = run("apply", uri)
    assert applied.code == 0, applied.err
    assert run("check", uri).code == 0
    assert script(NUMBERS, name) == [1]


def test_a_training_script_registers_the_model_it_logged(script: Script, name: str) -> None:
    assert script(REGISTER_AFTER_TRAINING, name) == {
        "actions": ["created", "unchanged"],
        "versions": [1, 1],
        "run": True,
        "loaded": "PyFuncModel",
    }


@on_a_server
def test_a_server_without_aliases_is_only_read(
    run: Command, script: Script, name: str, backend: str
) -> None:
    with urllib.request.urlopen(f"{backend}/version") as reply:
        if Version(reply.read().decode()) >= Version("2.3"):
            pytest.skip("this server has aliases; `.ci/matrix server-2.2` runs an older one")
    assert int(script(CREATE_VERSION, name)) == 1
    accepted = "server.min_version=2.2.0"
    assert "VERSION" in run("show", accepted).out
    assert (run("plan").code, run("apply").code, run("apply", accepted).code) == (6, 6, 6)
    assert script(NUMBERS, name) == [1]


@on_a_server
@pytest.mark.parametrize("fault", ["reply lost", "503 after", "connection reset"])
def test_a_lost_reply_leaves_one_version(
    run: Command, script: Script, name: str, backend: str, fault: FaultKind
) -> None:
    with inject_fault(backend, Fault(fault, at=1, only="/model-versions/create")) as url:
        run("apply", uri=url)
    repeated = run("apply")
    assert repeated.code == 0, repeated.err
    assert script(NUMBERS, name) == [1]

"""Names of models that a URI has to escape or cannot hold; versions that cannot be read."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registrar.registry.http.artifacts import name_problem
from registrar.uris import LoggedModelUri, UriError, VersionUri, parse_uri
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

# A model that somebody registered by hand: MLflow takes every name without '/' and ':'.
BY_HAND = """
import time
from mlflow import MlflowClient
client = MlflowClient()
run = client.create_run(client.create_experiment(f"by hand {time.time_ns()}")).info
client.log_artifacts(run.run_id, "models/mnist", "model")
for name in argv:
    client.create_registered_model(name)
    client.create_model_version(name, run.artifact_uri + "/model", run_id=run.run_id)
answer = run.run_id
"""
LOAD = """
import registrar
answer = [registrar.uri(argv[0], 1), type(registrar.load(argv[0], 1)).__name__]
"""

ODD_FILES = (
    " leading space",
    "tab\there",
    "hash#tag",
    "what?",
    "100%",
    "a%20b",
    "plus+and&semi;colon",
    "data #1/part ?.bin",
    "Ünïcode/日本語",
    "[x]*",
    "a@b=c",
)


@pytest.fixture
def run(registrar: Callable[..., Result], backend: str) -> Callable[..., Result]:
    return lambda *argv: registrar(*argv, MLFLOW_TRACKING_URI=backend)


@pytest.fixture
def client(mlflow_client: Callable[[str], Any], backend: str) -> Any:
    return mlflow_client(backend)


@pytest.mark.exhaustive
def test_a_name_with_an_at_sign_is_promoted_declared_and_loaded_by_its_number(
    run: Callable[..., Result], script: Callable[..., Any], client: Any, repository: Path
) -> None:
    script(BY_HAND, "a@b", "a")
    promoted = run("promote", "promote.name=a@b", "promote.version=1", "promote.as=c")
    assert promoted.code == 0, promoted.err
    assert client.get_model_version("c", "1").source == "models:/a@b/1"
    (repository / "configs" / "model" / "d.yaml").write_text("name: d\nuri: models:/a@b/1\n")
    for expected in ("Applied to", "Nothing to do: d version 1 matches"):
        done = run("model=d")
        assert (done.code, expected in done.out) == (0, True), done.err
    client.set_registered_model_alias("a@b", "best", "1")
    (repository / "configs" / "model" / "d.yaml").write_text("name: d\nuri: models:/a@b@best\n")
    assert run("model=d").out.startswith("Nothing to do: d version 1 matches")
    assert run("verify").code == 0
    assert script(LOAD, "a@b") == ["models:/a@b/1", "PyFuncModel"]
    assert script(LOAD, "d") == ["models:/d/1", "PyFuncModel"]


NOTE = (
    "has a '{}' in its name, where MLflow cuts models:/ URIs; rename the model with MlflowClient()."
)


def test_a_name_that_no_uri_holds_is_noted_and_stops_no_command(
    run: Callable[..., Result], script: Callable[..., Any], client: Any, repository: Path
) -> None:
    script(BY_HAND, "a?b", "a#b", "mnist")
    for command in ("show", "verify", "dump"):
        done = run(command, *(["dump.dir=out"] if command == "dump" else []))
        assert done.code == 0, done.err
        assert f"note: a?b {NOTE.format('?')}" in done.err
        assert f"note: a#b {NOTE.format('#')}" in done.err
        assert "note: mnist" not in done.err
    promoted = run("promote", 'promote.name="a?b"', "promote.version=1", "promote.as=c")
    assert promoted.code == 0, promoted.err
    assert NOTE.format("?") in promoted.err
    source = client.get_model_version("a?b", "1").source
    assert client.get_model_version("c", "1").source.endswith(source)
    assert script(LOAD, "a?b") == ["models:/a?b/1", "PyFuncModel"]
    (repository / "configs" / "model" / "d.yaml").write_text("name: d\nuri: models:/a?b/1\n")
    refused = run("validate", "model=d")
    assert refused.code == 2
    assert refused.err == (
        "configs/model/d.yaml:2:1: model.uri: models:/a?b/1 is no version's URI: MLflow cuts "
        "models:/ URIs at '?'. Rename that model, or use the URI of the version's files.\n"
    )


def test_file_names_come_back_equal(
    small_model_repository: Path,
    run: Callable[..., Result],
    client: Any,
    backend: str,
    tmp_path: Path,
    blank_database: Path,
) -> None:
    model = small_model_repository / "models" / "mnist"
    # A server that takes the files in itself keeps fewer names than a file system.
    names = [n for n in ODD_FILES if backend.startswith("sqlite") or name_problem(n) is None]
    for number, name in enumerate(names):
        path = model / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{number}".encode())
    done = run("model=mnist")
    assert done.code == 0, done.err
    verified = run("verify", "model=mnist")
    assert (verified.code, f"  {2 + len(names)} files as registered" in verified.out) == (
        0,
        True,
    ), verified.out + verified.err
    dumped = run("dump", "dump.dir=out", "dump.name=mnist")
    assert dumped.code == 0, dumped.err
    # To another registry with its files: a database on this machine.
    (small_model_repository / "configs" / "server").mkdir(exist_ok=True)
    shutil.copy(blank_database, tmp_path / "prod.db")
    target = small_model_repository / "configs" / "server" / "prod.yaml"
    target.write_text(f"tracking_uri: sqlite:///{tmp_path / 'prod.db'}\n")
    promoted = run("promote", "model=mnist", "promote.version=1", "promote.to=server/prod")
    assert promoted.code == 0, promoted.err
    digest = content(client, "mnist")["versions"][1]["tags"]["registrar_digest"]
    checked = run("verify", "server=prod", "output=json")
    (version,) = checked.json["versions"]
    assert (version["status"], version["digest"]) == ("same", digest)


def test_one_version_that_cannot_be_read_is_one_line(
    small_model_repository: Path,
    run: Callable[..., Result],
    script: Callable[..., Any],
    client: Any,
) -> None:
    assert run("model=mnist").code == 0
    script(BY_HAND, "gone")
    tags = {"registrar_digest": "sha256:" + "0" * 64}
    client.create_model_version("gone", "foo://nowhere/model", tags=tags, await_creation_for=0)
    verified = run("verify", "output=json")
    statuses = {(v["name"], v["version"]): v["status"] for v in verified.json["versions"]}
    assert statuses == {
        ("gone", 1): "unchecked",
        ("gone", 2): "unreadable",
        ("mnist", 1): "same",
    }
    assert (verified.code, verified.json["error"]["kind"]) == (4, "ServerError")
    (problem,) = verified.json["error"]["problems"]
    assert problem["code"] == "unreadable-model"
    assert problem["message"].startswith("gone version 2: ")


NAMES = st.text(
    st.characters(exclude_characters="/:?#\n\r\t", exclude_categories=["Cc", "Cs"]), min_size=1
).filter(str.strip)


@example(name="@", number=0, alias="0")
@given(NAMES, st.integers(0, 10**6), st.from_regex(r"[\w-]+", fullmatch=True))
def test_a_models_uri_means_what_it_means_to_mlflow(name: str, number: int, alias: str) -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.utils.models import _parse_model_uri

    for text in (f"models:/{name}/{number}", f"models:/{name}@{alias}", f"models:/{name}"):
        try:
            mlflow = _parse_model_uri(text)
        except MlflowException:  # such as models:/@
            with pytest.raises(UriError):
                parse_uri(text)
            continue
        try:
            ours = parse_uri(text)
        except UriError:
            # registrar takes the ids of logged models alone, and no version that can change.
            assert mlflow.version is None
            assert not re.fullmatch(r"m-[^@]+", mlflow.model_id or "")
            continue
        match ours:
            case VersionUri():
                assert (ours.name, ours.alias) == (mlflow.name, mlflow.alias)
                assert ours.version == (None if mlflow.version is None else int(mlflow.version))
            case LoggedModelUri():
                assert ours.model_id == mlflow.model_id
            case _:
                pytest.fail(f"{text} is {ours}")

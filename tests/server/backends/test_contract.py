"""One contract for every client and registry: MLflow's own client, and HTTP without it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from registrar import registry as registries
from registrar.changes.diff import diff
from registrar.content.digest import Manifest, hash_file
from registrar.content.directory import list_files
from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    InvalidParameterError,
    NotFoundError,
    RegistrarError,
)
from registrar.registry.protocol import UploadRecord
from registrar.state import DesiredModel, DesiredVersion, ObservedVersion, Source, Stored
from tests.server.backends.registry_calls import create_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registrar.registry import Registry, Store


@pytest.mark.sampled(2)
def test_what_is_written_is_read_back(connection: tuple[str, Registry, Store]) -> None:
    name, registry, _ = connection
    assert registry.observe([name]) == {}
    registry.create_model(
        name, "Description é", {"team": "vision", "registrar_managed": '["team"]'}
    )
    assert create_version(registry, name, "one", lr="0.1") == 1
    assert create_version(registry, name, "two") == 2
    registry.set_description(name, None, "")
    registry.set_description(name, 1, "Changed")
    registry.set_tag(name, None, "a.b c", "x/y?&=%")
    registry.set_tag(name, 1, "lr", "0.2")
    registry.delete_tag(name, None, "team")
    registry.set_alias(name, "champion", 1)
    registry.set_alias(name, "champion", 2)
    registry.set_alias(name, "gone", 1)
    registry.delete_alias(name, "gone")
    model = registry.observe([name])[name]
    assert (model.description, model.tags, model.managed) == ("", {"a.b c": "x/y?&=%"}, ("team",))
    first, second = model.versions
    assert (first.number, first.digest, first.description) == (1, "one", "Changed")
    assert (first.tags, first.aliases, first.run_id) == ({"lr": "0.2"}, (), None)
    assert (second.source, second.aliases) == ("s3://models/two", ("champion",))
    assert second.description == 'It\'s "odd" é\n'
    assert model.created
    assert second.created
    assert registry.get_aliases(name) == {"champion": 2}
    assert registry.get_version(name, "@champion").number == 2
    assert registry.get_version(name, "1") == first
    assert registry.find_by_digest(name, "two") == (replace(second, aliases=()),)
    assert registry.find_by_digest(name, "none") == ()
    assert registry.get_location(name, 2) == "s3://models/two"
    digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    for number in (1, 2):
        registry.set_tag(name, number, "registrar_digest", digest)
    for start in (digest, digest[:19]):
        assert registry.get_version(name, f"@{start}") == replace(first, digest=digest)
    assert registry.find_names(digest) == {name: 1}
    assert registry.find_names(digest[:19]) == {}
    with pytest.raises(NotFoundError, match="has no version with the content sha256:0000"):
        registry.get_version(name, "@sha256:000000000000")
    registry.delete_alias(name, "champion")
    registry.delete_version(name, 2)
    registry.delete_version(name, 2)
    assert [version.number for version in registry.observe([name])[name].versions] == [1]
    registry.delete_model(name)
    registry.delete_model(name)
    assert registry.observe([name]) == {}


@pytest.mark.sampled(3)
def test_many_are_what_each_is_alone(connection: tuple[str, Registry, Store]) -> None:
    name, registry, _ = connection
    odd = [f"{name} it's", f'{name} "quoted"', f"{name}-%_\\", f"{name}-é中", f"{name} a,b)"]
    plain = [f"{name}-{number}" for number in range(4)]
    for one in (*odd, *plain):
        registry.create_model(one, one, {})
        registry.set_alias(one, "first", create_version(registry, one, "x"))
    registry.create_model(f"{name}-empty", "", {})
    from mlflow import MlflowClient

    uri = registry.server.registry_uri
    wanted = [*odd, *plain, f"{name}-empty", f"{name}-absent"]
    if "https" not in uri:
        MlflowClient(uri, uri).register_prompt(f"{name}-prompt", "Say {{x}}")
        wanted.append(f"{name}-prompt")
    together = registry.observe(wanted)
    alone = [registry.observe([one]) for one in wanted]
    assert together == {key: model for one in alone for key, model in one.items()}
    assert list(together) == [one for one in wanted if one != f"{name}-absent"]
    everything = registry.observe(None)
    assert {key: m for key, m in everything.items() if key in wanted} == {
        key: model for key, model in together.items() if "prompt" not in key
    }


@pytest.mark.sampled(3)
def test_of_a_long_model_only_the_versions_that_matter_are_read(
    connection: tuple[str, Registry, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the plan is the one that all of them give."""
    name, registry, _ = connection
    registry.create_model(name, "", {"registrar_managed": '["@gone"]'})
    stored = [
        *("s3://models/one", "S3://Models//two/", "s3://models/two", "s3://models/it's_%"),
        *(f"s3://models/other-{number}" for number in range(4)),
    ]
    for number, source in enumerate(stored, 1):
        tags = {"registrar_digest": "sha256:one", "registrar_managed": "[]"} if number == 1 else {}
        assert registry.create_version(name, Stored(source, source), "", tags) == number
    double = {"registrar_digest": "sha256:one", "registrar_managed": "[]"}
    registry.create_version(name, Stored(stored[0], stored[0]), "", double)
    registry.set_alias(name, "champion", 6)
    registry.set_alias(name, "gone", 7)

    def desired(uri: str, digest: str, **fields: Any) -> DesiredModel:
        source = Source(uri, digest, stored=uri)
        return DesiredModel(name, versions=(DesiredVersion(source, **fields),))

    wanted = {
        (1, 6, 7, 9): desired("s3://models/one", "sha256:one", aliases=("champion",)),
        (2, 3, 6, 7): desired("s3://models/two", "ref-sha256:two", aliases=()),
        (4, 6, 7): desired("s3://models/it's_%", "ref-sha256:odd"),
        (6, 7): desired("s3://models/new", "ref-sha256:new", aliases=("champion", "other")),
        (*range(1, 10),): desired("s3://models/two", "ref-sha256:two", pin=3),
    }
    # The real limit would need hundreds of versions; the reads are the same.
    monkeypatch.setattr("registrar.registry.reads.LARGE_MODEL_VERSIONS", 5)
    everything = registry.observe([name])[name]
    assert len(everything.versions) == 9
    for numbers, model in wanted.items():
        found = registry.observe_for([model])[name]
        assert tuple(version.number for version in found.versions) == numbers
        assert found.complete == (len(numbers) == 9)
        plan = diff("configuration", model, found)
        assert plan.changes == diff("configuration", model, everything).changes
        others = [DesiredModel(f"{name}-{number}") for number in range(4)]
        assert registry.observe_for([model, *others]) == {name: found}


REFUSED: dict[str, tuple[type[RegistrarError], Callable[[str, Any, Any], object]]] = {
    "a model twice": (AlreadyExistsError, lambda n, r, _: r.create_model(n, "", {})),
    "a version of no model": (NotFoundError, lambda n, r, _: create_version(r, f"{n}-absent", "x")),
    "a reserved alias": (InvalidParameterError, lambda n, r, _: r.set_alias(n, "latest", 1)),
    "an alias to nothing": (NotFoundError, lambda n, r, _: r.set_alias(n, "a", 99)),
    "no such version": (NotFoundError, lambda n, r, _: r.get_version(n, "99")),
    "no such alias": (NotFoundError, lambda n, r, _: r.get_version(n, "@none")),
    "no such run": (NotFoundError, lambda _, __, s: s.get_run("0" * 32)),
    "an impossible run id": (NotFoundError, lambda _, __, s: s.get_run("no/id")),
    "no such logged model": (NotFoundError, lambda _, __, s: s.get_logged_model("m-" + "0" * 32)),
    "a tag that is too long": (
        InvalidParameterError,
        lambda n, r, _: r.set_tag(n, None, "k" * 300, "v"),
    ),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("case", REFUSED)
def test_failures_are_told_apart(case: str, connection: tuple[str, Registry, Store]) -> None:
    name, registry, store = connection
    registry.create_model(name, "", {})
    create_version(registry, name, "x")
    kind, call = REFUSED[case]
    with pytest.raises(kind) as caught:
        call(name, registry, store)
    assert type(caught.value) is kind
    assert "Traceback" not in str(caught.value)


@pytest.mark.sampled(2)
def test_models_that_were_logged_are_looked_at(
    connection: tuple[str, Registry, Store], tmp_path: Path
) -> None:
    name, registry, store = connection
    if registry.server.registry_uri.startswith("https"):
        pytest.skip("the store is the same as without TLS")
    folder = tmp_path / "logged"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {python_function: {}}\nmodel_uuid: u\n")
    upload = store.begin_upload(name, "sha256:x", "lasting")
    files = list_files(folder)
    (sent,) = store.upload_files(upload, files, lambda: None)
    assert sent == hash_file(folder / "MLmodel")
    assert store.find_uploads(name, "sha256:x") == ((upload, False),)
    manifest = Manifest({"MLmodel": sent})
    store.finish_upload(upload, manifest.text)
    assert store.find_uploads(name, "sha256:x") == ((upload, True),)
    record = store.get_upload_record(upload.source, None)
    assert record == UploadRecord(manifest.text, "lasting")
    # The files of a version are known only from a list of which its digest is made.
    digests = (manifest.digest, "sha256:x", None)
    versions = [ObservedVersion(1, digest, upload.source, None) for digest in digests]
    known = [facts.files for facts in store.read_version_facts(versions)]
    assert known == [manifest.files, None, None]
    assert store.has_files(upload, {"MLmodel": (folder / "MLmodel").stat().st_size})
    assert not store.has_files(upload, {"MLmodel": 1})
    assert store.read_file(upload.location, "MLmodel").startswith(b"flavors")
    with pytest.raises(NotFoundError):
        store.read_file(upload.location, "other")
    model = store.get_logged_model(str(upload.model_id))
    assert (model.ready, model.status, model.location) == (True, "READY", upload.location)
    registry.create_model(name, "", {})
    number = registry.create_version(name, upload, "", {})
    assert store.read_file(f"models:/{name}/{number}", "MLmodel").startswith(b"flavors")
    assert list(store.hash_files(upload.location)) == [("MLmodel", sent)]
    store.discard_upload(upload)
    assert store.find_uploads(name, "sha256:x") == ()


@pytest.mark.sampled(2)
def test_the_users_of_an_upload_are_found_where_one_reply_is_too_small(
    connection: tuple[str, Registry, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, registry, _ = connection
    mark = uuid.uuid4().hex
    registry.create_model(name, "", {})
    sources = [f"S3://Models//m-{mark}/", f"models:/{name}/1"]
    sources += ["s3://other/x", "s3://other/y"]
    for source in sources:
        registry.create_version(name, Stored(source, source), "", {})
    upload = Stored(f"models:/m-{mark}", f"s3://models/m-{mark}", model_id=f"m-{mark}")
    # The real page would need ten thousand versions; the searches are the same.
    monkeypatch.setattr("registrar.registry.upload_users.VERSIONS_PAGE", 2)
    users = registry.find_possible_users([upload], {(name, 1)})
    assert {version.number for _, version in users} == {1, 2}
    run = Stored("s3://models/run", "s3://models/run", run_id=uuid.uuid4().hex)
    assert registry.find_possible_users([run], ()) == ()
    registry.delete_model(name)


@pytest.mark.sampled(2)
def test_runs_are_read(connection: tuple[str, Registry, Store]) -> None:
    _, registry, store = connection
    if registry.server.registry_uri.startswith("https"):
        pytest.skip("the same as without TLS")
    from mlflow import MlflowClient

    client = MlflowClient(registry.server.tracking_uri)
    run = client.create_run("0")
    client.log_param(run.info.run_id, "lr", "0.1")
    client.log_metric(run.info.run_id, "accuracy", 0.5)
    found = store.get_run(run.info.run_id)
    assert (found.run_id, found.experiment_id) == (run.info.run_id, "0")
    assert found.artifact_uri == run.info.artifact_uri
    assert store.find_logged_models(found, "model") == ()
    runs = (run.info.run_id, "0" * 32, None)
    facts = store.read_version_facts([ObservedVersion(1, None, "s3://b/x", run) for run in runs])
    assert [known.run and dict(known.run.params) for known in facts] == [{"lr": "0.1"}, None, None]
    assert [known.measurements for known in facts[1:]] == [{}, {}]
    assert facts[0].measurements["accuracy"][0].value == 0.5


@pytest.mark.sampled(2)
@pytest.mark.parametrize("credentials", ["environment", "file"])
def test_a_server_with_users_takes_the_right_login_alone(
    credentials: str,
    server_with_users: str,
    user: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    server = {"tracking_uri": server_with_users}
    with pytest.raises(AccessDeniedError), registries.connect(server, writes=True):
        pass
    if credentials == "file":
        (tmp_path / ".mlflow").mkdir()
        (tmp_path / ".mlflow" / "credentials").write_text(
            f"[mlflow]\nmlflow_tracking_username = {user[0]}\n"
            f"mlflow_tracking_password = {user[1]}\n"
        )
    else:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user[0])
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", user[1])
    name = f"model-{uuid.uuid4().hex[:8]}"
    with registries.connect(server, writes=True) as backend:
        registry = backend.registry
        registry.create_model(name, "", {})
        assert create_version(registry, name, "x") == 1
        assert registry.observe([name])[name].versions[0].digest == "x"
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "another")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user[0])
    with pytest.raises(AccessDeniedError), registries.connect(server, writes=True):
        pass

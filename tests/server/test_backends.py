"""One contract for every way to a registry: MLflow's own client, and HTTP without it."""

from __future__ import annotations

import contextlib
import json
import ssl
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from registrar import registry as registries
from registrar.changes.diff import diff
from registrar.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    InvalidRequestError,
    NotFoundError,
    RegistrarError,
    UnreachableError,
)
from registrar.registry.filters import MAX_NAMES
from registrar.registry.http.session import Session
from registrar.registry.reads import LARGE_MODEL_VERSIONS, MAX_SINGLE_READS_OLD
from registrar.state import DesiredModel, DesiredVersion, Source, Stored
from tests.support.certificates import issued
from tests.support.mlflow_server import run_server
from tests.support.proxy import Reply, always, record_requests
from tests.support.registrar_process import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from registrar.registry import Registry, Store

WAYS = (
    # Who sends the requests, and to what.
    *("MLflow's client on SQLite", "MLflow's client over HTTP", "MLflow's session over HTTP"),
    *("registrar over HTTP", "registrar over HTTPS"),
    *("MLflow's session over HTTP with users", "registrar over HTTP with users"),
)
PASSWORD = "a-long-password"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[str]:
    """A server with users and passwords."""
    pytest.importorskip("flask_wtf", reason="MLflow's basic-auth needs Flask-WTF")
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "mlflow.db").write_bytes(blank_database.read_bytes())
    # As MLflow's own file, but a password is hashed once, not at each request.
    (folder / "basic_auth.ini").write_text(
        "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///basic_auth.db\n"
        "admin_username = admin\nauth_cache_ttl_seconds = 600\nauthorization_function ="
        " mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    with run_server(
        folder,
        f"sqlite:///{folder / 'mlflow.db'}",
        *("--app-name", "basic-auth"),
        MLFLOW_FLASK_SERVER_SECRET_KEY="loopback",
        MLFLOW_AUTH_ADMIN_PASSWORD=PASSWORD,
        MLFLOW_AUTH_CONFIG_PATH=str(folder / "basic_auth.ini"),
    ) as running:
        yield running.url


@pytest.fixture(params=WAYS)
def way(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Registry, Store]]:
    """A name that is free, and a registry and a store reached in one of the ways."""
    monkeypatch.chdir(tmp_path)  # where MLflow puts the artifacts of an SQLite file
    places = {"SQLite": "database", "users": "guarded"}
    last = request.param.rpartition(" ")[2]
    uri = str(request.getfixturevalue(places.get(last, "server")))
    if last == "users":
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    with contextlib.ExitStack() as stack:
        if "HTTPS" in request.param:
            authority, both = issued(tmp_path, "authority.pem", authority=True)
            certificate, _ = issued(tmp_path, "server.pem", both)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            uri, _ = stack.enter_context(record_requests(uri, tls=context))
            monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(authority))
        if "MLflow's client" in request.param:
            monkeypatch.setattr("registrar.registry.connection.has_store_plugin", lambda _: True)
        if "MLflow's session" in request.param:
            monkeypatch.setattr("registrar.registry.connection.is_direct", lambda _: False)
        connected = registries.connect({"tracking_uri": uri}, writes=True)
        backend = stack.enter_context(connected)
        registry, store = backend.registry, backend.store
        yield f"way-{uuid.uuid4().hex[:8]}", registry, store


def version_of(registry: Registry, name: str, digest: str, **tags: str) -> int:
    stored = Stored(f"s3://models/{digest}", f"s3://models/{digest}")
    return registry.create_version(
        name, stored, 'It\'s "odd" é\n', {"registrar_digest": digest} | tags
    )


def test_what_is_written_is_read_back(way: tuple[str, Registry, Store]) -> None:
    name, registry, _ = way
    assert registry.observe([name]) == {}
    registry.create_model(
        name, "Description é", {"team": "vision", "registrar_managed": '["team"]'}
    )
    assert version_of(registry, name, "one", lr="0.1") == 1
    assert version_of(registry, name, "two") == 2
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
    registry.delete_alias(name, "champion")
    registry.delete_version(name, 2)
    registry.delete_version(name, 2)
    assert [version.number for version in registry.observe([name])[name].versions] == [1]
    registry.delete_model(name)
    registry.delete_model(name)
    assert registry.observe([name]) == {}


def test_many_are_what_each_is_alone(way: tuple[str, Registry, Store]) -> None:
    name, registry, _ = way
    odd = [f"{name} it's", f'{name} "quoted"', f"{name}-%_\\", f"{name}-é中", f"{name} a,b)"]
    plain = [f"{name}-{number}" for number in range(4)]
    for one in (*odd, *plain):
        registry.create_model(one, one, {})
        registry.set_alias(one, "first", version_of(registry, one, "x"))
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


def test_of_a_long_model_only_the_versions_that_matter_are_read(
    way: tuple[str, Registry, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the plan is the one that all of them give."""
    name, registry, _ = way
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
    "a version of no model": (NotFoundError, lambda n, r, _: version_of(r, f"{n}-absent", "x")),
    "a reserved alias": (InvalidRequestError, lambda n, r, _: r.set_alias(n, "latest", 1)),
    "an alias to nothing": (NotFoundError, lambda n, r, _: r.set_alias(n, "a", 99)),
    "no such version": (NotFoundError, lambda n, r, _: r.get_version(n, "99")),
    "no such alias": (NotFoundError, lambda n, r, _: r.get_version(n, "@none")),
    "no such run": (NotFoundError, lambda _, __, s: s.get_run("0" * 32)),
    "a run id that is none": (NotFoundError, lambda _, __, s: s.get_run("no/id")),
    "no such logged model": (NotFoundError, lambda _, __, s: s.get_logged_model("m-" + "0" * 32)),
    "a tag that is too long": (
        InvalidRequestError,
        lambda n, r, _: r.set_tag(n, None, "k" * 300, "v"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_failures_are_told_apart(case: str, way: tuple[str, Registry, Store]) -> None:
    name, registry, store = way
    registry.create_model(name, "", {})
    version_of(registry, name, "x")
    kind, call = REFUSED[case]
    with pytest.raises(kind) as caught:
        call(name, registry, store)
    assert type(caught.value) is kind
    assert "Traceback" not in str(caught.value)


def test_models_that_were_logged_are_looked_at(
    way: tuple[str, Registry, Store], tmp_path: Path
) -> None:
    name, registry, store = way
    if registry.server.registry_uri.startswith("https"):
        pytest.skip("the store is the same as without TLS")
    (tmp_path / "MLmodel").write_text("flavors: {python_function: {}}\nmodel_uuid: u\n")
    upload = store.begin_upload(name, "sha256:x")
    store.upload_file(upload, str(tmp_path / "MLmodel"), "MLmodel")
    assert store.find_uploads(name, "sha256:x") == ((upload, False),)
    store.finish_upload(upload, "line\n")
    assert store.find_uploads(name, "sha256:x") == ((upload, True),)
    assert store.get_manifest(upload.source, None) == "line\n"
    assert store.has_files(upload, {"MLmodel": (tmp_path / "MLmodel").stat().st_size})
    assert not store.has_files(upload, {"MLmodel": 1})
    assert store.read_file(upload.location, "MLmodel").startswith(b"flavors")
    with pytest.raises(NotFoundError):
        store.read_file(upload.location, "other")
    model = store.get_logged_model(str(upload.model_id))
    assert (model.ready, model.status, model.location) == (True, "READY", upload.location)
    registry.create_model(name, "", {})
    number = registry.create_version(name, upload, "", {})
    assert store.read_file(f"models:/{name}/{number}", "MLmodel").startswith(b"flavors")
    assert [path for path, _ in store.hash_files(upload.location)] == ["MLmodel"]
    store.discard_upload(upload)
    assert store.find_uploads(name, "sha256:x") == ()


def test_runs_are_read(way: tuple[str, Registry, Store]) -> None:
    _, registry, store = way
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
    measures = store.get_run_data([run.info.run_id, "0" * 32])
    assert {key: (dict(m.params), dict(m.metrics)) for key, m in measures.items()} == {
        run.info.run_id: ({"lr": "0.1"}, {"accuracy": 0.5})
    }


def observed(url: str, *names: str) -> Any:
    with registries.connect({"tracking_uri": url}, writes=False) as backend:
        return backend.registry.observe(names)


def test_a_page_for_a_hundred_models(server: str) -> None:
    names = [f"absent-{number}" for number in range(5 * MAX_NAMES)]
    with record_requests(server) as (url, requests):
        assert observed(url, *names) == {}
        assert len(requests) == 1 + 2 * 5  # the version; models, and prompts of those names


def test_a_version_listing_is_not_read_to_find_one_digest(server: str) -> None:
    name = f"way-{uuid.uuid4().hex[:8]}"
    with registries.connect({"tracking_uri": server}, writes=True) as backend:
        registry = backend.registry
        registry.create_model(name, "", {})
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda n: version_of(registry, name, f"d{n}"), range(LARGE_MODEL_VERSIONS + 1)
                )
            )
    declared = DesiredVersion(Source("s3://models/d7", "d7", stored="s3://models/d7"))
    desired = DesiredModel(name, versions=(declared,))
    with record_requests(server) as (url, requests):
        connected = registries.connect({"tracking_uri": url}, writes=False)
        with connected as backend:
            registry = backend.registry
            found = registry.observe_for([desired])[name]
    assert [version.digest for version in found.versions] == ["d7"]
    assert len(requests) == 3  # the server's version, the model, the version with the digest


def test_a_server_without_lists_in_filters(server: str) -> None:
    def old(request: Any) -> Reply | None:
        if "+IN+" in request.target:
            body = {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid comparator 'IN'"}
            return Reply(400, json.dumps(body), "application/json")
        return None

    from mlflow import MlflowClient

    name = f"way-{uuid.uuid4().hex[:8]}"
    with record_requests(server, old) as (url, _):
        with registries.connect({"tracking_uri": url}, writes=True) as backend:
            registry = backend.registry
            registry.create_model(name, "", {})
            version_of(registry, name, "x")
        MlflowClient(server, server).register_prompt(f"{name}-prompt", "Say {{x}}")
        absent = [f"absent-{number}" for number in range(MAX_SINGLE_READS_OLD)]
        wanted = [f"{name}-prompt", name, *absent]
        few, many = observed(url, *wanted[:4]), observed(url, *wanted)
    assert list(few) == list(many) == wanted[:2]
    assert few[name] == many[name]
    assert [len(model.versions) for model in many.values()] == [0, 1]


def test_references_are_registered_without_mlflow(server: str, repository: Path) -> None:
    """Start to finish, for every command that does not copy files."""
    from mlflow import MlflowClient

    client = MlflowClient(server, server)
    logged = client.create_logged_model("0", name="m")
    (repository / "MLmodel").write_text("flavors: {python_function: {}}\n")
    client.log_model_artifact(logged.model_id, str(repository / "MLmodel"))
    client.finalize_logged_model(logged.model_id, "READY")
    (repository / "configs" / "model" / "ref.yaml").write_text(
        f"name: {repository.parent.name}\nuri: models:/{logged.model_id}\naliases: [champion]\n"
    )
    # A package of that name that cannot be imported, before the real one.
    (repository / "blocked" / "mlflow").mkdir(parents=True)
    blocked = repository / "blocked" / "mlflow" / "__init__.py"
    blocked.write_text("raise SystemExit('mlflow was imported')\n")
    for words in (
        *(["plan", "model=ref"], ["model=ref"], ["model=ref"], ["check", "model=ref"]),
        *(["show", "model=ref"], ["dump", "model=ref", "dump.dir=dumped"]),
    ):
        result = command(
            words, repository, MLFLOW_TRACKING_URI=server, PYTHONPATH=str(blocked.parent.parent)
        )
        assert (result.code, result.err) == (0, ""), words


@pytest.fixture
def user(guarded: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Name and password of somebody who is not the administrator."""
    name, password = f"zoë-{uuid.uuid4().hex[:8]}", "long-password-é"
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
        patch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        body = json.dumps({"username": name, "password": password}).encode()
        made = Session(guarded, 60).request("POST", "/api/2.0/mlflow/users/create", body=body)
    assert made.status == 200
    return name, password


@pytest.mark.parametrize("place", ["environment", "file"])
def test_users_and_passwords(
    place: str,
    guarded: str,
    user: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    server = {"tracking_uri": guarded}
    with pytest.raises(AccessDeniedError), registries.connect(server, writes=True):
        pass
    if place == "file":
        (tmp_path / ".mlflow").mkdir()
        (tmp_path / ".mlflow" / "credentials").write_text(
            f"[mlflow]\nmlflow_tracking_username = {user[0]}\n"
            f"mlflow_tracking_password = {user[1]}\n"
        )
    else:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user[0])
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", user[1])
    name = f"way-{uuid.uuid4().hex[:8]}"
    with registries.connect(server, writes=True) as backend:
        registry = backend.registry
        registry.create_model(name, "", {})
        assert version_of(registry, name, "x") == 1
        assert registry.observe([name])[name].versions[0].digest == "x"
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "another")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user[0])
    with pytest.raises(AccessDeniedError), registries.connect(server, writes=True):
        pass


def test_headers_for_the_workspace_and_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    monkeypatch.setenv("MLFLOW_WORKSPACE", "vision")
    with record_requests(None, always(Reply(200, "{}"))) as (url, requests):
        observed(url, "one", "two", "three", "four")
    for request in requests:
        assert request.headers["Authorization"] == "Bearer secret"
        assert request.headers["X-MLFLOW-WORKSPACE"] == "vision"


def test_a_certificate_of_nobody(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = issued(tmp_path, "own.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with record_requests(server, tls=context) as (url, _):
        reached = registries.connect({"tracking_uri": url, "timeout": 1}, writes=False)
        with pytest.raises(UnreachableError, match="certificate is not trusted"), reached:
            pass
        monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
        assert observed(url, "absent") == {}


def test_a_certificate_of_ours(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, both = issued(tmp_path, "authority.pem", authority=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued(tmp_path, "server.pem", both)[0])
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(authority))
    with record_requests(server, tls=context) as (url, _):
        reached = registries.connect({"tracking_uri": url, "timeout": 1}, writes=False)
        with pytest.raises(UnreachableError), reached:
            pass
        ours, _ = issued(tmp_path, "ours.pem", both)
        monkeypatch.setenv("MLFLOW_TRACKING_CLIENT_CERT_PATH", str(ours))
        assert observed(url, "absent") == {}

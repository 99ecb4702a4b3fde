"""Credentials, and any request, reach only the hosts that the process itself allows."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

import registrar as library
from registrar.errors import RegistrarError
from registrar.registry import connect
from tests.support.hostile_server import run_hostile_server
from tests.support.proxy import Reply, record_requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.proxy import Request
    from tests.support.registrar_process import Result

pytestmark = pytest.mark.sampled(2)

STRICT = {"REGISTRAR_STRICT": "true"}
OWN = {
    "REGISTRAR_DEV_USER": "dev",
    "REGISTRAR_DEV_PASSWORD": "canary-dev-word",
    "REGISTRAR_PROD_TOKEN": "canary-prod-token",
    "MLFLOW_TRACKING_USERNAME": "process",
    "MLFLOW_TRACKING_PASSWORD": "canary-process-word",
}
DEV = f"Basic {b64encode(b'dev:canary-dev-word').decode()}"
PROD = "Bearer canary-prod-token"
PROCESS = f"Basic {b64encode(b'process:canary-process-word').decode()}"


def demand(login: str) -> Callable[[Request], Reply | None]:
    """A server that answers nobody but the owner of one login."""

    def answer(request: Request) -> Reply | None:
        return None if request.headers.get("Authorization") == login else Reply(401, "who?")

    return answer


def logins(requests: list[Request]) -> set[str | None]:
    """The logins that a server has seen."""
    return {request.headers.get("Authorization") for request in requests}


def write_server(repository: Path, name: str, url: str, *lines: str) -> None:
    """Write configs/server/NAME.yaml."""
    folder = repository / "configs" / "server"
    folder.mkdir(exist_ok=True)
    text = "".join(f"{line}\n" for line in (f"tracking_uri: {url}", "timeout: 5", *lines))
    (folder / f"{name}.yaml").write_text(text)


def test_each_server_gets_its_own_credentials(
    small_model_repository: Path, server: str, registrar: Callable[..., Result]
) -> None:
    with (
        record_requests(server, demand(DEV)) as (dev_url, dev),
        record_requests(server, demand(PROD)) as (prod_url, prod),
    ):
        user = "credentials: {username: REGISTRAR_DEV_USER, password: REGISTRAR_DEV_PASSWORD}"
        write_server(small_model_repository, "dev", dev_url, user)
        token = "credentials: {token: REGISTRAR_PROD_TOKEN}"
        write_server(small_model_repository, "prod", prod_url, token)
        hosts = ",".join(url.removeprefix("http://") for url in (dev_url, prod_url))
        env = {**OWN, **STRICT, "REGISTRAR_ALLOW_HOSTS": hosts}
        words = ("promote", "promote.version=1", "promote.to=server/prod", "promote.as=live")
        results = [
            registrar("model=mnist", "server=dev", **env),
            registrar(*words, "model=mnist", "server=dev", **env),
            registrar("verify", "server=prod", "verify.name=live", **env),
        ]
    for result in results:
        assert result.code == 0, result.err
        assert "canary" not in result.out + result.err
    assert logins(dev) == {DEV}
    assert logins(prod) == {PROD}
    assert any(request.method == "PUT" for request in prod)


@pytest.mark.parametrize("is_direct", [True, False], ids=["registrar's requests", "MLflow's"])
def test_connections_within_each_other_keep_their_logins(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch, is_direct: bool
) -> None:
    for name, value in OWN.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / ".mlflow"
    home.mkdir()
    home.joinpath("credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = file\nmlflow_tracking_password = word\n"
    )
    tmp_path.joinpath(".netrc").write_text("machine 127.0.0.1 login netrc password word\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    if not is_direct:  # with `credentials`, only an installed plugin or a SOCKS proxy decides so
        monkeypatch.setattr("registrar.registry.connection.is_direct", lambda *_: False)
    with (
        record_requests(server) as (own_url, own),
        record_requests(server) as (other_url, other),
    ):
        tokens = {"token": "REGISTRAR_PROD_TOKEN"}
        config: dict[str, Any] = {"tracking_uri": own_url, "credentials": tokens}
        with connect(config, writes=True) as outer:
            outer.registry.use_mlflow()
            outer.registry.observe(["a"])
            with connect({"tracking_uri": other_url}, writes=True) as inner:
                inner.registry.use_mlflow()
                inner.registry.observe(["a"])
            outer.registry.observe(["b"])
    assert logins(own) == {PROD}
    assert logins(other) == {PROCESS}
    import os

    assert "MLFLOW_TRACKING_TOKEN" not in os.environ
    assert os.environ["MLFLOW_TRACKING_USERNAME"] == "process"


def test_a_variable_that_is_not_set(repository: Path, registrar: Callable[..., Result]) -> None:
    write_server(
        repository, "dev", "http://127.0.0.1:9", "credentials: {token: REGISTRAR_NO_TOKEN}"
    )
    result = registrar("plan", "model=mnist", "server=dev")
    assert result.code == 2
    assert "the environment variable REGISTRAR_NO_TOKEN, which is not set" in result.err


def test_a_password_in_the_place_of_a_variable_is_not_shown(
    repository: Path, registrar: Callable[..., Result]
) -> None:
    line = 'credentials: {username: "me@x", password: hunter2-canary}'
    write_server(repository, "dev", "http://127.0.0.1:9", line)
    result = registrar("validate", "model=mnist", "server=dev")
    assert result.code == 2
    assert result.err.count("is not the name of an environment variable") == 2
    assert "canary" not in result.err


@pytest.mark.parametrize(
    ("words", "env", "code"),
    [
        (["server.tracking_uri={sink}"], {}, 4),
        (["server=dev"], {}, 2),
        (["server=dev"], {"REGISTRAR_ALLOW_HOSTS": "{host}"}, 4),
        (["server=dev"], {"REGISTRAR_ALLOW_HOSTS": "127.0.0.1"}, 4),
        (["server=dev"], {"REGISTRAR_ALLOW_HOSTS": "127.0.0.1:1"}, 2),
        (["server=dev"], {"MLFLOW_TRACKING_URI": "{sink}"}, 4),
        (["server=dev"], {"MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}, 2),
        (["server=dev"], {"REGISTRAR_STRICT": "false"}, 4),
        (["server.tracking_uri=${{server.artifacts.experiment}}"], {}, 2),
        (["server=dev", "+server.registry_uri={sink}"], {}, 4),
        (["executor=dask", "executor.address=tcp://{host}", "server=dev"], {}, 2),
    ],
)
def test_who_may_name_a_server_in_strict_mode(
    repository: Path,
    registrar: Callable[..., Result],
    words: list[str],
    env: dict[str, str],
    code: int,
) -> None:
    denied = {"*": {"status": 401, "text": "no"}}
    with run_hostile_server(denied) as sink:
        names = {"sink": sink.url, "host": sink.url.removeprefix("http://")}
        write_server(repository, "dev", sink.url)
        (repository / "configs" / "config.yaml").write_text(
            f"defaults: [registrar, _self_]\nserver: {{artifacts: {{experiment: '{sink.url}'}}}}\n"
        )
        variables = {**STRICT, **{key: value.format(**names) for key, value in env.items()}}
        words = [word.format(**names) for word in words]
        result = registrar("plan", "model=mnist", *words, **variables)
        assert result.code == code, result.err
        assert bool(sink.requests) == (code == 4)


@pytest.mark.parametrize("source", ["mlflow-artifacts://{host}/0/x", "http://{host}/x"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["verify", "verify.name=mnist"], 4),
        (["promote", "promote.name=mnist", "promote.version=1", "promote.as=live"], 6),
        (["dump", "dump.name=mnist", "dump.dir=out"], 0),
        (["plan", "model=mnist", "model.name=live", "model.uri=models:/mnist/1"], 6),
        (["plan", "model=mnist", "model.uri=models:/mnist/1"], 0),  # its files are not looked at
    ],
)
def test_a_host_from_the_registry_gets_no_request(
    repository: Path,
    registrar: Callable[..., Result],
    source: str,
    words: list[str],
    code: int,
) -> None:
    with run_hostile_server({}) as sink:
        place = source.format(host=sink.url.removeprefix("http://"))
        version = {"name": "mnist", "version": "1", "source": place}
        tags = [{"key": "registrar_digest", "value": f"sha256:{'1' * 64}"}]
        version = {**version, "tags": tags, "creation_timestamp": 1}  # type: ignore[dict-item]
        replies: dict[str, dict[str, Any]] = {
            "model-versions/search": {"json": {"model_versions": [version]}},
            "model-versions/get": {"json": {"model_version": version}},
            "model-versions/get-download-uri": {"json": {"artifact_uri": place}},
            "registered-models/get": {
                "json": {"registered_model": {"name": "mnist", "latest_versions": [version]}}
            },
        }
        with run_hostile_server(replies) as server:
            result = registrar(*words, f"server.tracking_uri={server.url}", **OWN)
            assert result.code == code, result.err + result.out
            if code:
                assert "is not the tracking server" in result.err or "read from" in result.err
            address = {"tracking_uri": server.url}
            with pytest.raises(RegistrarError, match=r"tracking server|read from the host"):
                library.load("mnist", 1, server=address)
        assert sink.requests == []
    for file in (repository / "out").glob("*.yaml"):
        assert place not in file.read_text()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_server_is_told_at_the_first_contact(
    repository: Path, registrar: Callable[..., Result], status: int
) -> None:
    with run_hostile_server({}) as sink:
        reply = {"status": status, "headers": {"Location": f"{sink.url}/version"}}
        with run_hostile_server({"*": reply}) as server:
            result = registrar("plan", "model=mnist", f"server.tracking_uri={server.url}", **OWN)
            assert len(server.requests) == 1
        assert sink.requests == []
    assert result.code == 4
    assert f"redirects to another server, {sink.url}" in result.err
    assert f"server.tracking_uri={sink.url}" in result.err

"""`promote`: under another name, and with its bytes to another server, whatever fails on the way."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from registrar.content.digest import hash_directory
from tests.support.mlflow_server import empty_registry, run_server
from tests.support.proxy import Fault, inject_fault
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.registrar_process import Result


@pytest.fixture(scope="module")
def another_server(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("second")
    shutil.copy(blank_database, folder / "mlflow.db")
    with run_server(folder, f"sqlite:///{folder / 'mlflow.db'}") as running:
        yield running.url


@pytest.fixture
def second(request: pytest.FixtureRequest) -> str:
    """An empty server that is not `backend`; its URL."""
    if not _is_remote(request):
        return str(request.getfixturevalue("server"))
    url = str(request.getfixturevalue("another_server"))
    empty_registry(url)
    return url


def _is_remote(request: pytest.FixtureRequest) -> bool:
    """Return whether the test's own backend is a server."""
    has_backend = "backend" in request.fixturenames
    return has_backend and str(request.getfixturevalue("backend")).startswith("http")


def to_server(repository: Path, url: str) -> None:
    """configs/server/prod.yaml is at `url`."""
    (repository / "configs" / "server").mkdir(exist_ok=True)
    (repository / "configs" / "server" / "prod.yaml").write_text(
        f"tracking_uri: {url}\ntimeout: 3\n"
    )


def lineage(client: Any, name: str, version: str = "1") -> list[tuple[str, int]]:
    """(model, version) of the places that a version comes from."""
    hops = json.loads(client.get_model_version(name, version).tags["registrar_lineage"])
    return [(hop["name"], hop["version"]) for hop in hops]


def test_a_version_is_promoted_once_under_another_name(
    small_model_repository: Path,
    backend: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    assert registrar("model=mnist", **env).code == 0
    words = ("promote", "promote.version=1", "promote.as=mnist-live", "promote.aliases=[live]")
    dry = registrar(*words, "model=mnist", "promote.dry_run=true", "output=json", **env)
    assert (dry.code, dry.json["summary"]["create"]) == (0, 3)
    done = registrar(*words, "model=mnist", f"checksum={dry.json['checksum']}", **env)
    assert done.code == 0, done.err
    client = mlflow_client(backend)
    there = content(client, "mnist-live")
    source = content(client, "mnist")
    assert there["aliases"] == {"live": 1}
    assert there["description"] == source["description"]
    mine, theirs = there["versions"][1], source["versions"][1]
    assert mine["description"] == theirs["description"]
    assert mine["tags"]["registrar_digest"] == theirs["tags"]["registrar_digest"]
    assert {k: mine["tags"][k] for k in ("lr", "epochs")} == {"lr": "0.003", "epochs": "5"}
    assert len(uploads(client, "registrar")) == 1  # nothing is copied within a server
    again = registrar(*words, "model=mnist", **env)
    assert again.out.startswith("Nothing to do: mnist-live version 1 matches models:/mnist/1 ")
    # A hop further, chosen by alias and without a configuration.
    assert (
        registrar(
            *("promote", "promote.name=mnist-live", "promote.alias=live", "promote.as=mnist-eu"),
            **env,
        ).code
        == 0
    )
    assert lineage(client, "mnist-eu") == [("mnist", 1), ("mnist-live", 1)]
    verified = registrar("verify", "verify.name=mnist-eu", **env)
    assert (verified.code, "2 files as registered" in verified.out) == (0, True)


def test_promote_refuses_what_it_cannot_find_or_may_not_change(
    small_model_repository: Path,
    backend: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    assert registrar("model=mnist", **env).code == 0
    client = mlflow_client(backend)
    client.create_registered_model("theirs", {"registrar_owner": "them/prod"})
    # That the promoted model has the same owner permits nothing: the run speaks for nobody.
    client.set_registered_model_tag("mnist", "registrar_owner", "them/prod")
    for words, code, message in (
        (("promote.version=1",), 2, "mnist would be promoted onto itself. Say as=NAME"),
        (("promote.as=b",), 2, "which version of mnist is to be promoted? Say version="),
        (("promote.version=2", "promote.as=b"), 2, "mnist has no version 2 on "),
        (("promote.alias=old", "promote.as=b"), 2, "mnist has no version with the alias 'old' on"),
        (("promote.version=1", "promote.as=theirs"), 6, "theirs has the owner them/prod, and "),
        (("promote.version=1", "promote.as=a/b"), 2, "override 'promote.as=a/b': promote.as: "),
        (("promote.version=1", "promote.to=server/nowhere"), 2, "no server 'nowhere'"),
    ):
        refused = registrar("promote", "model=mnist", *words, **env)
        assert (refused.code, refused.err.startswith(message)) == (code, True), refused.err
    assert [model.name for model in client.search_registered_models()] == ["mnist", "theirs"]
    taken = registrar(
        *("promote", "model=mnist", "promote.version=1", "promote.as=theirs"),
        "apply.allow_takeover=true",
        **env,
    )
    assert taken.code == 0, taken.err
    assert client.get_registered_model("theirs").tags["registrar_owner"] == "them/prod"


def test_to_another_server_with_its_bytes(
    small_model_repository: Path,
    backend: str,
    second: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
    tmp_path: Path,
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    to_server(small_model_repository, second)
    assert registrar("model=mnist", "model.metrics.accuracy=0.5", **env).code == 0
    words = ("promote", "model=mnist", "promote.version=1", "promote.to=server/prod")
    done = registrar(*words, "promote.aliases=[champion]", **env)
    assert done.code == 0, done.err
    client = mlflow_client(second)
    there, source = content(client, "mnist"), content(mlflow_client(backend), "mnist")
    digest = hash_directory(small_model_repository / "models" / "mnist").digest
    assert there["versions"][1]["tags"]["registrar_digest"] == digest
    assert there["versions"][1]["description"] == source["versions"][1]["description"]
    assert there["versions"][1]["tags"]["registrar_metrics"] == '{"accuracy":[{"value":0.5}]}'
    assert there["tags"]["team"] == "vision"
    assert there["aliases"] == {"champion": 1}
    assert lineage(client, "mnist") == [("mnist", 1)]
    assert downloaded(client, "mnist", tmp_path) == digest
    # Repeated: nothing is read or written but what tells so.
    again = registrar(*words, **env)
    assert again.out.startswith("Nothing to do: mnist version 1 matches models:/mnist/1 at ")
    assert len(uploads(client, "registrar")) == 1
    # What was promoted can be taken back, a hop further.
    (small_model_repository / "configs" / "server" / "back.yaml").write_text(
        f"tracking_uri: {backend}\n"
    )
    back = registrar(
        *("promote", "promote.name=mnist", "promote.version=1", "promote.as=mnist-back"),
        *("server=prod", "promote.to=server/back"),
        **env,
    )
    assert back.code == 0, back.err
    assert lineage(mlflow_client(backend), "mnist-back") == [("mnist", 1), ("mnist", 1)]


def test_a_reference_to_another_server_is_copied_once(
    small_model_repository: Path,
    backend: str,
    second: str,
    registrar: Callable[..., Result],
    script: Callable[..., Any],
    mlflow_client: Callable[[str], Any],
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    to_server(small_model_repository, second)
    code = (
        "import mlflow\nwith mlflow.start_run():\n"
        "    mlflow.log_artifacts(argv[0], 'model')\n    answer = mlflow.active_run().info.run_id"
    )
    run_id = script(code, str(small_model_repository / "models" / "mnist"))
    by_run = f"model.uri=runs:/{run_id}/model"
    assert registrar("model=mnist", by_run, **env).code == 0
    words = ("promote", "promote.name=mnist", "promote.version=1", "promote.to=server/prod")
    for expected in ("Applied to", "Nothing to do"):
        done = registrar(*words, **env)
        assert (done.code, expected in done.out) == (0, True), done.err
    tags = content(mlflow_client(second), "mnist")["versions"][1]["tags"]
    assert (
        tags["registrar_digest"]
        == hash_directory(small_model_repository / "models" / "mnist").digest
    )
    assert json.loads(tags["registrar_lineage"])[0]["run_id"] == run_id


def test_tampered_bytes_are_not_promoted(
    small_model_repository: Path,
    database: str,
    second: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    to_server(small_model_repository, second)
    assert registrar("model=mnist").code == 0
    (stored,) = (small_model_repository / "mlruns").rglob("weights.bin")
    stored.write_bytes(b"1" + stored.read_bytes()[1:])
    words = ("promote", "model=mnist", "promote.version=1", "promote.to=server/prod")
    refused = registrar(*words)
    assert refused.code == 6
    assert "the stored files differ from the registered ones" in refused.err
    assert list(mlflow_client(second).search_registered_models()) == []
    assert uploads(mlflow_client(second), "registrar") == []


@pytest.mark.exhaustive
def test_the_target_is_killed_midway(
    small_model_repository: Path,
    database: str,
    tmp_path: Path,
    blank_database: Path,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    """After the upload has begun."""
    folder = tmp_path / "target"
    folder.mkdir()
    shutil.copy(blank_database, folder / "mlflow.db")
    store = f"sqlite:///{folder / 'mlflow.db'}"
    assert registrar("model=mnist").code == 0
    words = ("promote", "model=mnist", "promote.version=1", "promote.to=server/prod")
    with run_server(folder, store) as running:
        fault = Fault("interlude", at=5, act=running.kill)
        with inject_fault(running.url, fault) as proxy:
            to_server(small_model_repository, proxy)
            stopped = registrar(*words)
    assert stopped.code == 5, stopped.out + stopped.err
    with run_server(folder, store) as running:
        to_server(small_model_repository, running.url)
        done = registrar(*words)
        assert done.code == 0, done.err
        assert registrar(*words).out.startswith("Nothing to do")
        client = mlflow_client(running.url)
        assert list(content(client, "mnist")["versions"]) == [1]
        assert [status for _, status in uploads(client, "registrar")] == ["READY"]
        digest = hash_directory(small_model_repository / "models" / "mnist").digest
        assert downloaded(client, "mnist", tmp_path) == digest


def test_promote_writes_nothing_when_the_source_server_is_gone(
    small_model_repository: Path,
    second: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    to_server(small_model_repository, second)
    words = ("promote", "promote.name=mnist", "promote.version=1", "promote.to=server/prod")
    gone = registrar(*words, "server.timeout=1", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert gone.code == 4
    assert gone.err.startswith("cannot reach http://127.0.0.1:9: connection refused.")
    assert list(mlflow_client(second).search_registered_models()) == []


def downloaded(client: Any, name: str, folder: Path) -> str:
    """The content digest of what a user of the version gets."""
    import mlflow

    uri = client.get_model_version_download_uri(name, "1")
    target = folder / "downloaded"
    target.mkdir()
    mlflow.artifacts.download_artifacts(uri, dst_path=str(target), tracking_uri=client.tracking_uri)
    (held,) = [path.parent for path in target.rglob("MLmodel")]
    return hash_directory(held).digest

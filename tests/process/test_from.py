"""`from`: a model's file names the server that its version is copied from."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from registrar.content.digest import hash_directory
from tests.support.proxy import record_requests
from tests.support.registry_snapshot import content, uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.support.proxy import Request
    from tests.support.registrar_process import Result

# What a user's training leaves on dev: a registered version, and a run with a metric.
TRAIN = """
import time, mlflow
name, = argv
mlflow.set_experiment(f"training-{time.time_ns()}")
with mlflow.start_run() as run:
    mlflow.log_metrics({"accuracy": 0.75, "loss": float("nan")})
    mlflow.log_artifacts("models/mnist", "model")
client = mlflow.MlflowClient()
client.create_registered_model(name)
by_hand = client.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id)
answer = run.info.run_id
"""


# An evaluation of a version on dev: a number with the data that it was measured on.
EVALUATE = """
import mlflow
client = mlflow.MlflowClient()
answer = client.get_model_version(*argv).source.rpartition("/")[2]
run_id = client.create_run("0").info.run_id
data = {"dataset_name": "test", "dataset_digest": "d1"}
client.log_metric(run_id, "f1", 0.5, model_id=answer, **data)
"""

# Models that nobody has uploaded with registrar, and that nobody can load.
LOG_INCOMPLETE = """
import mlflow
with mlflow.start_run() as run:
    for folder in ("missing", "pointer"):
        mlflow.log_artifact("models/mnist/MLmodel", folder)
    lines = ["version https://git-lfs.github.com/spec/v1", "oid sha256:" + 64 * "0", "size 4194304"]
    mlflow.log_text("\\n".join([*lines, ""]), "pointer/data/weights.bin")
answer = run.info.run_id
"""


def set_up(repository: Path, dev: str, **files: str) -> None:
    """The server `dev`, and model files by name."""
    folder = repository / "configs" / "server"
    folder.mkdir(exist_ok=True)
    (folder / "dev.yaml").write_text(f"tracking_uri: {dev}\ntimeout: 3\n")
    for name, text in files.items():
        (repository / "configs" / "model" / f"{name}.yaml").write_text(text)


def downloads(requests: Iterable[Request]) -> list[str]:
    """The files that were fetched, but for the look at the MLmodel."""
    targets = [request.target for request in requests if request.method == "GET"]
    return [t for t in targets if "/artifacts/" in t and not t.endswith("/MLmodel")]


@pytest.mark.parametrize("backend", ["http"], indirect=True)
def test_a_copy_comes_with_its_bytes_its_lineage_and_its_metrics(
    small_model_repository: Path,
    backend: str,
    database: str,
    registrar: Callable[..., Result],
    script: Callable[..., Any],
    mlflow_client: Callable[[str], Any],
) -> None:
    name = f"from-{os.getpid()}"
    digest = hash_directory(small_model_repository / "models" / "mnist").digest
    run_id = script(TRAIN, name)
    uploaded = registrar("model=mnist", f"model.name={name}", f"server.tracking_uri={backend}")
    assert uploaded.code == 0, uploaded.err
    assert script(EVALUATE, name, "2").startswith("m-")
    file = (
        f"name: {name}\nversions:\n"
        f"  - {{uri: 'models:/{name}@champion', from: dev, aliases: [champion]}}\n"
        f"  - {{uri: 'runs:/{run_id}/model', from: dev, metadata: {{by: run}}}}\n"
    )
    with record_requests(backend) as (dev, requests):
        set_up(small_model_repository, dev, copy=file)
        words = ("model=copy", "server=local")
        one = file.replace("\n  - {uri: 'runs", "\n  # - {uri: 'runs")
        set_up(small_model_repository, dev, one=one)
        planned = registrar("plan", "model=one", "server=local", "output=json", "out=plan.json")
        assert planned.code == 0, planned.err
        assert downloads(requests) == []  # the tag tells the digest
        (version,) = planned.json["models"][0]["versions"]
        assert version["digest"] == digest
        assert version["source"] == f"models:/{name}/2 at {dev}"
        assert planned.json["models"][0]["changes"][1]["after"]["bytes"] is None
        # The same server in another spelling: equal changes, equal checksum.
        set_up(small_model_repository, dev.replace("127.0.0.1", "LOCALHOST") + "/")
        assert (
            registrar("plan", "model=one", "server=local", "output=json").json["checksum"]
            == (planned.json["checksum"])
        )
        set_up(small_model_repository, dev)
        applied = registrar("apply", "plan=plan.json", "server=local", "models=null")
        assert applied.code == 0, applied.out + applied.err
        assert len(downloads(requests)) == 1
        # The content of a run's model is known once it is downloaded; it is the same here.
        repeated = registrar("plan", *words)
        assert (repeated.code, "is the same version as" in repeated.err) == (2, True), repeated.err
        changed = small_model_repository / "models" / "mnist" / "data" / "weights.bin"
        changed.write_bytes(b"other")
        run_id = script(TRAIN, f"{name}-other")
        set_up(small_model_repository, dev, copy=file.replace(file.split("/")[2], run_id))
        both = registrar(*words)
        assert both.code == 0, both.out + both.err
        requests.clear()
        again = registrar(*words)
        assert again.out.startswith("Nothing to do"), again.out + again.err
        assert downloads(requests) == []  # the lineage tells that the copy is there
        assert len(requests) == 4  # the server's version; the alias; the run and its MLmodel
        assert [request for request in requests if request.writes] == []
    client = mlflow_client(database)
    versions = content(client, name)["versions"]
    assert sorted(versions) == [1, 2]
    assert versions[1]["tags"]["registrar_digest"] == digest
    assert [json.loads(versions[n]["tags"]["registrar_metrics"]) for n in (1, 2)] == [
        {"f1": [{"value": 0.5, "dataset": "test", "dataset_digest": "d1", "from": "carried"}]},
        {"accuracy": [{"value": 0.75, "from": "carried"}]},
    ]
    (hop,) = json.loads(versions[2]["tags"]["registrar_lineage"])
    assert (hop["uri"], hop["run_id"]) == (f"runs:/{run_id}/model", run_id)
    shown = registrar("show", f"show.name={name}", "server=local", "output=json").json
    metrics = {v["version"]: v["metrics"] for v in shown["models"][0]["versions"]}
    assert (metrics[1]["f1"][0]["dataset"], metrics[2]["accuracy"][0]["value"]) == ("test", 0.75)
    assert registrar("verify", f"verify.name={name}", "server=local").code == 0


def test_many_models_ask_the_other_server_together(
    small_model_repository: Path,
    server: str,
    database: str,
    registrar: Callable[..., Result],
) -> None:
    name = f"many-{os.getpid()}"
    names = [f"{name}-{number}" for number in range(5)]
    (small_model_repository / "configs" / "model").mkdir(exist_ok=True)
    set_up(
        small_model_repository,
        server,
        **{f"mine-{n}": f"name: {n}\nuri: models/mnist\naliases: [best]\n" for n in names},
    )
    made = registrar("models=mine-*", f"server.tracking_uri={server}")
    assert made.code == 0, made.err
    with record_requests(server) as (dev, requests):
        uris = [f"{names[0]}@best", f"{names[1]}/1", *(f"{n}@best" for n in names[2:])]
        files = {
            f"copy-{n}": f"name: {n}\nuri: models:/{uri}\nfrom: dev\n"
            for n, uri in zip(names, uris, strict=True)
        }
        set_up(small_model_repository, dev, **files)
        words = ("models=copy-*", "server=local")
        assert registrar("plan", *words).code == 0
        # Twice: the server's version. Two searches, and two for the metrics of all; for each new
        # copy the place of its files and its MLmodel.
        assert len(requests) == 2 + 2 + 2 + 5 * 2, [str(request) for request in requests]
        applied = registrar(*words)
        assert applied.code == 0, applied.out + applied.err
        requests.clear()
        assert registrar("check", *words).code == 0
        assert len(requests) == 3, [str(request) for request in requests]


@pytest.mark.exhaustive
def test_from_refuses_models_that_it_cannot_copy(
    small_model_repository: Path,
    database: str,
    blank_database: Path,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    shutil.copy(blank_database, small_model_repository / "dev.db")
    dev = "sqlite:///dev.db"
    assert registrar("model=mnist", f"server.tracking_uri={dev}").code == 0
    set_up(small_model_repository, dev, copy="name: copy\nuri: models:/mnist/1\nfrom: dev\n")
    words = ("model=copy", "server=local")
    planned = registrar("plan", *words, "out=plan.json")
    assert planned.code == 0, planned.err
    same = f"sqlite:///{small_model_repository / 'dev.db'}"
    for words_of_case, code, message in (
        (("model.uri=models:/mnist/9",), 2, "models:/mnist/9 at sqlite:///dev.db: "),
        (("model.uri=models:/mnist@old",), 2, "models:/mnist@old at sqlite:///dev.db: "),
        (("model.uri=models:/mist/1",), 2, "models:/mist/1 at sqlite:///dev.db: "),
        (("model.uri=runs:/0/model",), 2, "runs:/0/model"),
        (("+model.digest=sha256:" + 64 * "0",), 2, "holds sha256:"),
        (("model.uri=models/mnist",), 2, "needs a models:/ or runs:/ URI, not "),
        ((f"server.tracking_uri={same}",), 2, "names the same registry as the server"),
        (("servers.dev.tracking_uri=http://127.0.0.1:9",), 4, "cannot reach http://127.0.0.1:9"),
    ):
        refused = registrar("apply", *words, *words_of_case)
        assert (refused.code, message in refused.err) == (code, True), refused.out + refused.err
    pinned = registrar("pin", *words, "servers.dev.tracking_uri=http://127.0.0.1:9")
    place = "configs/model/copy.yaml:3:1: model.from: cannot reach http://127.0.0.1:9"
    assert (pinned.code, place in pinned.err) == (4, True), pinned.err
    # A file names the other server, so in strict mode its host has to be allowed.
    set_up(small_model_repository, "http://127.0.0.1:9")
    for env, code, message in (
        ({}, 2, "configs/server/dev.yaml:1:1: servers.dev.tracking_uri: a file names the host"),
        ({"REGISTRAR_ALLOW_HOSTS": "127.0.0.1:9"}, 4, "cannot reach http://127.0.0.1:9"),
    ):
        strict = registrar("plan", *words, REGISTRAR_STRICT="true", **env)
        assert (strict.code, strict.err.startswith(message)) == (code, True), strict.err
    # Files that differ from the registered ones end the run before its first write.
    set_up(small_model_repository, dev)
    (stored,) = (small_model_repository / "mlruns").rglob("weights.bin")
    stored.write_bytes(b"1" + stored.read_bytes()[1:])
    for arguments in (words, ("plan=plan.json", "server=local")):
        tampered = registrar("apply", *arguments)
        assert tampered.code == 6, tampered.out
        assert "the stored files differ from the registered ones" in tampered.err
    stored.with_name("weights.bin").parent.with_name("MLmodel").unlink(missing_ok=True)
    shutil.rmtree(stored.parent.parent)
    gone = registrar("plan", *words)
    assert (gone.code, "Its files are gone there" in gone.err) == (2, True), gone.out + gone.err
    client = mlflow_client(database)
    assert list(client.search_registered_models()) == []
    assert uploads(client, "registrar") == []


def test_a_copied_model_is_whole(
    small_model_repository: Path,
    backend: str,
    registrar: Callable[..., Result],
    script: Callable[..., Any],
) -> None:
    run_id = script(LOG_INCOMPLETE)
    uris = [f"runs:/{run_id}/{folder}" for folder in ("missing", "pointer")]
    entries = "".join(f"  - uri: {uri}\n    from: dev\n" for uri in uris)
    set_up(small_model_repository, backend, copy=f"name: copy\nversions:\n{entries}")
    refused = registrar("apply", "model=copy", "server.tracking_uri=sqlite:///new.db")
    assert refused.code == 2
    missing, pointer = refused.err.splitlines()
    where = "configs/model/copy.yaml:{}:5: model.versions[{}].uri: {} at "
    assert missing.startswith(where.format(3, 0, uris[0]))
    assert " has no data/weights.bin, named in its MLmodel. " in missing
    assert pointer.startswith(where.format(5, 1, uris[1]))
    assert ": Git LFS has not fetched data/weights.bin. " in pointer


def test_a_moved_alias_is_another_plan(
    small_model_repository: Path,
    database: str,
    blank_database: Path,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    shutil.copy(blank_database, small_model_repository / "dev.db")
    dev = "server.tracking_uri=sqlite:///dev.db"
    assert registrar("model=mnist", dev).code == 0
    file = "name: copy\nuri: models:/mnist@champion\nfrom: dev\naliases: [champion]\n"
    set_up(small_model_repository, "sqlite:///dev.db", copy=file)
    words = ("model=copy", "server=local")
    planned = registrar("plan", *words, "output=json", "out=plan.json")
    (small_model_repository / "models" / "mnist" / "data" / "weights.bin").write_bytes(b"new")
    assert registrar("model=mnist", dev).code == 0
    by_checksum = registrar("apply", *words, f"checksum={planned.json['checksum']}")
    by_file = registrar("apply", "plan=plan.json", "server=local")
    assert (by_checksum.code, by_file.code) == (6, 6), by_file.err
    assert list(mlflow_client(database).search_registered_models()) == []
    assert registrar("apply", *words).code == 0
    # Back to the first version by its number; nothing is copied but what is not there yet.
    for uri, numbers in (("models:/mnist/1", [1, 2]), ("models:/mnist/2", [1, 2])):
        assert registrar("apply", *words, f"model.uri={uri}").code == 0
        versions = content(mlflow_client(database), "copy")["versions"]
        assert sorted(versions) == numbers

"""URIs that name nothing, or nothing that a server takes: one message at their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry_snapshot import content
from tests.unit.content.test_whole_model import POINTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


RUN = "0123456789abcdef0123456789abcdef"
PENDING = """
import time
from mlflow import MlflowClient
client = MlflowClient()
experiment = client.create_experiment(f"theirs-{time.time_ns()}")
answer = client.create_logged_model(experiment, name="unfinished").model_id
"""
# One model without its weights, and one with a pointer of Git LFS in their place.
NOT_WHOLE = """
import os, shutil
from mlflow import MlflowClient
client = MlflowClient()
run = client.create_run("0").info.run_id
for name, pointer in (("bare", None), ("lfs", argv[0])):
    shutil.copytree("models/mnist", name)
    os.remove(f"{name}/model.skops")
    if pointer:
        open(f"{name}/model.skops", "w").write(pointer)
    client.log_artifacts(run, name, name)
answer = run
"""


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("uri", "message"),
    [
        (f"runs:/{RUN}/model", f"runs:/{RUN}/model: Run with id={RUN} not found on {{}}"),
        ("runs:/short/model", "runs:/short/model: Run with id=short not found on {}"),
        (
            "models:/m-00000000000000000000000000000000",
            (
                "models:/m-00000000000000000000000000000000: Logged model with ID "
                "'m-00000000000000000000000000000000' not found on {}"
            ),
        ),
        (
            "models:/absent/1",
            "models:/absent/1: there is no registered model 'absent' on {}",
        ),
        (
            "models:/absent@best",
            "models:/absent@best: there is no registered model 'absent' on {}",
        ),
    ],
)
def test_what_is_not_there_is_an_error_at_its_place(
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    backend: str,
    uri: str,
    message: str,
) -> None:
    write(uri)
    for command in ("plan", "apply"):
        result = run(command)
        assert (result.code, result.out) == (2, "")
        assert result.err == (
            f"configs/model/mnist.yaml:2:1: model.uri: {message.format(backend)}. "
            "Correct the URI; nothing was written.\n"
        )
    assert list(client.search_registered_models()) == []


def test_a_path_that_the_run_does_not_have(
    run: Callable[..., Result], write: Callable[..., None], logged: dict[str, str]
) -> None:
    uri = f"runs:/{logged['run']}/modell"
    write(uri)
    result = run()
    assert result.code == 2
    assert result.err == (
        f"configs/model/mnist.yaml:2:1: model.uri: {uri}: the run has no such model. "
        "Correct the path.\n"
    )


def test_a_reference_that_is_not_whole(
    run: Callable[..., Result], client: Any, script: Callable[..., Any], repository: Path
) -> None:
    uri = f"runs:/{script(NOT_WHOLE, POINTER)}"
    file = repository / "configs" / "model" / "mnist.yaml"
    file.write_text(f"name: mnist\nversions:\n- uri: {uri}/bare\n- uri: {uri}/lfs\n")
    for command in ("check", "apply"):
        result = run(command)
        assert (result.code, result.out) == (2, "")
        assert result.err == (
            f"configs/model/mnist.yaml:3:3: model.versions[0].uri: {uri}/bare has no model.skops, "
            "named in its MLmodel. Save the model again, or fetch its files ('git lfs pull', "
            "'dvc pull').\n"
            f"configs/model/mnist.yaml:4:3: model.versions[1].uri: {uri}/lfs: Git LFS has not "
            "fetched model.skops. Fetch the files with 'git lfs pull'.\n"
        )
    assert list(client.search_registered_models()) == []


def test_a_logged_model_that_is_not_finished(
    run: Callable[..., Result], client: Any, write: Callable[..., None], script: Callable[..., Any]
) -> None:
    model_id = script(PENDING)
    write(f"models:/{model_id}")
    result = run()
    assert result.code == 2
    assert result.err == (
        f"configs/model/mnist.yaml:2:1: model.uri: models:/{model_id}: the logged model "
        f"{model_id} is PENDING. Finish logging it first.\n"
    )
    assert list(client.search_registered_models()) == []


def test_a_scheme_that_mlflow_does_not_know(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    write("foo:/bar/model")
    result = run()
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(
        "configs/model/mnist.yaml:2:1: model.uri: MLflow knows no store for foo:/bar/model: "
    )
    assert result.err.count("\n") == 1
    assert list(client.search_registered_models()) == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("uri", "message"),
    [
        (
            "s3://bucket/a/../b",
            (
                "s3://bucket/a/../b holds '.' or '..', which MLflow refuses. "
                "Write the path without them."
            ),
        ),
        (
            "s3://bucket/a/%2e%2e/b",
            (
                "s3://bucket/a/%2e%2e/b holds '.' or '..', which MLflow refuses. "
                "Write the path without them."
            ),
        ),
        (
            "s3://bucket",
            "s3://bucket names a whole bucket or host. Name the folder that holds the MLmodel.",
        ),
        (
            "s3://bucket/",
            "s3://bucket/ names a whole bucket or host. Name the folder that holds the MLmodel.",
        ),
        (
            "models:/mnist/Production",
            (
                "models:/mnist/Production does not name one version. "
                "Write models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME@DIGEST or models:/m-ID."
            ),
        ),
        (
            f"runs:/{RUN}/a/../model",
            (
                f"runs:/{RUN}/a/../model holds '.' or '..', which MLflow refuses. "
                "Write the path without them."
            ),
        ),
        (
            f"runs:/{RUN}/%2E%2e/model",
            (
                f"runs:/{RUN}/%2E%2e/model holds '.' or '..', which MLflow refuses. "
                "Write the path without them."
            ),
        ),
        (
            f"runs:/{RUN}",
            f"runs:/{RUN} is not a run's model. Write runs:/RUN_ID/PATH, or runs:/RUN_ID/ for a model at the root of the run.",
        ),
    ],
)
def test_what_no_server_takes_is_refused_before_it_is_asked(
    run: Callable[..., Result], write: Callable[..., None], uri: str, message: str
) -> None:
    write(uri, "verify: false")
    for command in ("validate", "apply"):
        result = run(command)
        assert result.code == 2
        assert result.err == f"configs/model/mnist.yaml:2:1: model.uri: {message}\n"


@pytest.mark.parametrize(
    ("uri", "note"),
    [
        (
            "abfss://c@account.dfs.core.windows.net/model",
            (
                "abfss://c@account.dfs.core.windows.net/model may be refused: MLflow servers take no "
                "abfss:// sources unless they store their own artifacts there, or MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES lists abfss on the server"
            ),
        ),
        (
            "s3://bucket/bin/model",
            (
                "s3://bucket/bin/model may be refused: MLflow servers refuse a path below /bin, /sbin, "
                "/lib, /lib64, /var/run, /var/lock where these are links on the server's system; "
                "choose another first folder"
            ),
        ),
    ],
)
def test_what_some_servers_refuse_is_noted(
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    backend: str,
    uri: str,
    note: str,
) -> None:
    write(uri, "verify: false")
    planned = run("plan")
    unseen = f"note: mnist: {uri} was not checked (verify: false)\n"
    remote = backend.startswith("http")
    assert (planned.code, planned.err) == (0, unseen + (f"note: mnist: {note}\n" if remote else ""))
    applied = run()
    if not remote:
        assert applied.code == 0
        return
    # A server behind another system might have taken it; this one did not, and says so.
    assert applied.code in {5, 6}
    assert f"{backend} does not accept the request: " in applied.err
    assert content(client, "mnist")["versions"] == {}


def test_a_place_outside_of_any_run_is_refused_for_a_server(
    registrar: Callable[..., Result], client: Any, write: Callable[..., None], backend: str
) -> None:
    uri = "mlflow-artifacts:/somewhere/model"
    write(uri, "verify: false")
    result = registrar("plan", "model=mnist", MLFLOW_TRACKING_URI=backend)
    if backend.startswith("sqlite"):
        assert result.code == 0
        return
    assert result.code == 2
    assert result.err == (
        f"configs/model/mnist.yaml:2:1: model.uri: {uri} does not lie in a run's artifacts; an "
        "MLflow server accepts no other. Use runs:/RUN_ID/PATH, or models:/m-ID.\n"
    )

"""Models in S3: read, registered by reference, and uploaded there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.mlflow_server import find_free_port
from tests.support.proxy import Reply, always, record_requests
from tests.support.s3 import KEYS
from tests.support.user_scripts import version
from tests.unit.content.test_whole_model import POINTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

URI = "s3://models/mnist"
DENIED = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
)


def overwrite(bucket: Any) -> None:
    """Another model under the same key."""
    item = bucket.Object("mnist/MLmodel")
    text = item.get()["Body"].read().decode()
    item.put(Body=text.replace("model_uuid: 045b0008", "model_uuid: ffffffff").encode())


def test_a_model_is_registered_where_it_lies(
    backend: str,
    run: Callable[..., Result],
    bucket: Any,
    write: Callable[..., None],
    mlflow_client: Callable[[str], Any],
) -> None:
    write("S3://models//mnist/")
    first = run(MLFLOW_TRACKING_URI=backend)
    assert (first.code, first.err) == (0, "")
    assert version(mlflow_client(backend))["source"] == "s3://models/mnist"
    write(URI)
    second = run(MLFLOW_TRACKING_URI=backend)
    assert second.out.startswith("Nothing to do: mnist version 1 matches")


def test_a_model_overwritten_in_place_is_noticed(
    database: str,
    run: Callable[..., Result],
    bucket: Any,
    write: Callable[..., None],
    mlflow_client: Callable[[str], Any],
) -> None:
    write(URI, "aliases: [champion]")
    run()
    overwrite(bucket)
    assert run("check").code == 3
    assert run().code == 0
    found = mlflow_client(database).get_model_version_by_alias("mnist", "champion")
    assert (int(found.version), found.source) == (2, "s3://models/mnist")
    assert run("check").code == 0


def test_a_model_that_is_not_whole_is_refused(
    database: str, run: Callable[..., Result], bucket: Any, write: Callable[..., None]
) -> None:
    write(URI)
    for key in ("mnist/conda.yaml", "mnist/requirements.txt"):
        bucket.Object(key).delete()
    bucket.Object("mnist/model.skops").put(Body=POINTER.encode())
    result = run("plan")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"configs/model/mnist.yaml:2:1: model.uri: {URI} has no conda.yaml, named in its MLmodel. "
        "Save the model again, or fetch its files ('git lfs pull', 'dvc pull').\n"
        f"configs/model/mnist.yaml:2:1: model.uri: {URI}: Git LFS has not fetched model.skops. "
        "Fetch the files with 'git lfs pull'.\n"
    )


def test_a_plan_looks_at_the_model_before_there_is_a_database(
    run: Callable[..., Result], bucket: Any, write: Callable[..., None], repository: Path
) -> None:
    write(URI)
    result = run("plan")
    assert (result.code, result.err) == (0, "")
    assert f"from {URI}\n" in result.out
    write("s3://models/mnits")
    assert run("plan").code == 2
    assert not (repository / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("s3://models/mnits", "s3://models/mnits: s3://models/mnits has no MLmodel. "),
        (
            "s3://no-bucket/mnist",
            (
                "s3://no-bucket/mnist: s3://no-bucket/mnist has no model: Failed to list artifacts "
                "in s3://no-bucket/mnist: The specified bucket does not exist. "
            ),
        ),
    ],
)
def test_a_typo_is_an_error_at_its_place(
    database: str,
    run: Callable[..., Result],
    bucket: Any,
    write: Callable[..., None],
    mlflow_client: Callable[[str], Any],
    uri: str,
    message: str,
) -> None:
    write(uri)
    result = run()
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"configs/model/mnist.yaml:2:1: model.uri: {message}Correct the URI; nothing was written.\n"
    )
    assert list(mlflow_client(database).search_registered_models()) == []


def test_what_is_there_but_no_model_is_an_error(
    database: str, run: Callable[..., Result], bucket: Any, write: Callable[..., None]
) -> None:
    bucket.Object("mnist/MLmodel").put(Body=b"just: yaml\n")
    write(URI)
    result = run()
    assert result.code == 2
    assert result.err == (
        "configs/model/mnist.yaml:2:1: model.uri: s3://models/mnist: its MLmodel names no flavors. "
        "Save the model again.\n"
    )


def test_missing_credentials_of_the_store_are_told(
    database: str, run: Callable[..., Result], bucket: Any, write: Callable[..., None]
) -> None:
    write(URI)
    result = run(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert (result.code, result.out) == (4, "")
    assert result.err == (
        "configs/model/mnist.yaml:2:1: model.uri: "
        "s3://models/mnist refuses: Unable to locate credentials. "
        "Check the credentials of the artifact store, or set verify: false.\n"
    )


def test_a_refusal_is_said_without_the_secret(
    database: str, run: Callable[..., Result], write: Callable[..., None]
) -> None:
    write("s3://models/404/mnist")
    with record_requests(None, always(Reply(403, DENIED, "application/xml"))) as (url, _):
        result = run(MLFLOW_S3_ENDPOINT_URL=url)
    assert (result.code, result.out) == (4, "")
    assert result.err == (
        "configs/model/mnist.yaml:2:1: model.uri: "
        "s3://models/404/mnist refuses: Failed to list artifacts in s3://models/404/mnist: Access "
        "Denied. "
        "Check the credentials of the artifact store, or set verify: false.\n"
    )
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in result.err


def test_a_store_that_is_not_there_is_said(
    database: str, run: Callable[..., Result], write: Callable[..., None]
) -> None:
    write("s3://models/404/mnist")
    result = run(MLFLOW_S3_ENDPOINT_URL=f"http://127.0.0.1:{find_free_port()}")
    assert (result.code, result.out) == (4, "")
    place = "configs/model/mnist.yaml:2:1: model.uri: "
    assert result.err.startswith(f"{place}s3://models/404/mnist did not answer: Could not connect")


def test_verify_false_asks_nothing_of_the_store(
    database: str,
    run: Callable[..., Result],
    write: Callable[..., None],
    mlflow_client: Callable[[str], Any],
) -> None:
    write("s3://models/absent", "verify: false")
    with record_requests(None) as (url, requests):
        result = run(MLFLOW_S3_ENDPOINT_URL=url)
        assert requests == []
    note = "note: mnist: s3://models/absent was not checked (verify: false)\n"
    assert (result.code, result.err) == (0, note)
    assert version(mlflow_client(database))["source"] == "s3://models/absent"


def test_a_directory_is_uploaded_to_an_experiment_that_lies_in_s3(
    database: str,
    run: Callable[..., Result],
    bucket: Any,
    mlflow_client: Callable[[str], Any],
    repository: Path,
) -> None:
    bucket.objects.delete()
    client = mlflow_client(database)
    client.create_experiment("registrar", artifact_location="s3://models/artifacts")
    result = run()
    assert (result.code, result.err) == (0, "")
    folder = version(client)["source"].removeprefix("models:/")
    stored = {item.key: item.size for item in bucket.objects.all()}
    assert stored == {
        f"artifacts/models/{folder}/artifacts/{path.name}": path.stat().st_size
        for path in (repository / "models" / "mnist").iterdir()
    }
    assert run().out.startswith("Nothing to do: mnist version 1 matches")
    assert not (repository / "mlruns").exists()

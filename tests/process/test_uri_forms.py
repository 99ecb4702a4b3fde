"""Every form of a URI: what is registered, that it can be loaded, and that once is enough."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from registrar.references import reference_digest
from tests.support.registry_snapshot import content, uploads
from tests.support.user_scripts import DOWNLOAD, FORMS, log, version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

UUID = "045b0008ee3244c69cc812fda50f9b28"
RUN = "0123456789abcdef0123456789abcdef"
OVERWRITE = """
from mlflow import MlflowClient
text = open("models/mnist/MLmodel").read().replace(argv[1], "0" * 32)
open("models/mnist/MLmodel", "w").write(text)
client = MlflowClient()
if len(argv[0]) == 32:
    client.log_artifacts(argv[0], "models/mnist", "model")
else:
    client.log_model_artifacts(argv[0], "models/mnist")
answer = None
"""
PENDING = """
import time
from mlflow import MlflowClient
client = MlflowClient()
experiment = client.create_experiment(f"theirs-{time.time_ns()}")
answer = client.create_logged_model(experiment, name="unfinished").model_id
"""


@pytest.fixture
def client(mlflow_client: Callable[[str], Any], backend: str) -> Any:
    return mlflow_client(backend)


@pytest.fixture
def run(registrar: Callable[..., Result], backend: str) -> Callable[..., Result]:
    def run(*argv: str) -> Result:
        return registrar(*argv, "model=mnist", MLFLOW_TRACKING_URI=backend)

    return run


@pytest.fixture
def write(repository: Path) -> Callable[..., None]:
    """configs/model/mnist.yaml with this URI, on line 2, and these further lines."""

    def write(uri: str, *lines: str) -> None:
        text = "\n".join(["name: mnist", f"uri: {uri}", "aliases: [champion]", *lines, ""])
        (repository / "configs" / "model" / "mnist.yaml").write_text(text)

    return write


@pytest.fixture
def logged(script: Callable[..., Any]) -> dict[str, str]:
    return log(script)


def stored(form: str, logged: dict[str, str]) -> str:
    """The source that the registry then holds."""
    if form in {"version", "alias"}:
        return "models:/source/1"
    if form in {"logged model", "run's logged model"}:
        return f"models:/{logged['logged']}"
    return logged["place"] if form == "place" else f"{logged['root']}/model"


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_registered_by_reference_once_and_loads(
    form: str,
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    script: Callable[..., Any],
    logged: dict[str, str],
    repository: Path,
) -> None:
    write(logged[form])
    planned = run("plan")
    assert planned.code == 0, planned.err
    first = run()
    assert (first.code, first.err) == (0, "")
    found = version(client)
    assert found["source"] == stored(form, logged)
    assert found["run_id"] == logged["run"]
    assert found["registrar_digest"].startswith("ref-sha256:")
    assert uploads(client, "registrar") == []
    shutil.rmtree(repository / "models")
    assert "model.skops" in script(DOWNLOAD, "models:/mnist@champion")
    second = run()
    assert (second.code, second.err) == (0, "")
    assert second.out.startswith("Nothing to do: mnist version 1 matches")
    assert list(content(client, "mnist")["versions"]) == [1]


AT_THE_ROOT = """
import time
import mlflow
from mlflow import MlflowClient
client = MlflowClient()
experiment = client.create_experiment(f"roots-{time.time_ns()}", argv[0] if argv else None)
run = client.create_run(experiment).info
client.log_artifacts(run.run_id, "models/mnist")
mlflow.register_model(f"runs:/{run.run_id}/", "by-hand")
answer = [run.run_id, run.artifact_uri]
"""


def test_a_model_at_the_root_of_a_run(
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    script: Callable[..., Any],
    registrar: Callable[..., Result],
    repository: Path,
    backend: str,
) -> None:
    run_id, root = script(AT_THE_ROOT)
    write(f"runs:/{run_id}/")
    first = run()
    assert (first.code, first.err) == (0, "")
    assert (version(client)["source"], version(client)["run_id"]) == (root, run_id)
    assert "model.skops" in script(DOWNLOAD, "models:/mnist@champion")
    assert run().out.startswith("Nothing to do: mnist version 1 matches")
    verified = registrar("verify", "verify.name=mnist", MLFLOW_TRACKING_URI=backend)
    assert "its model_uuid is the one that was registered" in verified.out
    # What MLflow's register_model made of the same URI is the same.
    (repository / "configs" / "model" / "by-hand.yaml").write_text(
        f"name: by-hand\nuri: runs:/{run_id}/\n"
    )
    adopted = registrar("model=by-hand", MLFLOW_TRACKING_URI=backend)
    assert adopted.out.endswith(f"Applied to {backend}: 1 adopted.\n"), adopted.out + adopted.err
    dumped = registrar("dump", "dump.name=by-hand", "dump.dir=out", MLFLOW_TRACKING_URI=backend)
    assert dumped.code == 0, dumped.err
    text = (repository / "out" / "by-hand.yaml").read_text()
    assert text.startswith(f"name: by-hand\nuri: runs:/{run_id}/\n")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_run_folder_whose_path_a_uri_has_to_escape(
    backend: str,
    repository: Path,
    registrar: Callable[..., Result],
    script: Callable[..., Any],
    mlflow_client: Callable[[str], Any],
) -> None:
    folder = repository / "my #1 runs?"
    folder.mkdir()
    run_id, _ = script(AT_THE_ROOT, str(folder))
    config = repository / "configs" / "model" / "mnist.yaml"
    config.write_text(f"name: mnist\nuri: '{folder}/{run_id}/artifacts'\n")
    assert registrar("model=mnist").code == 0
    source = version(mlflow_client(backend))["source"]
    assert source == f"file://{repository}/my%20%231%20runs%3F/{run_id}/artifacts"
    assert "model.skops" in script(DOWNLOAD, "models:/mnist/1")
    assert registrar("model=mnist").out.startswith("Nothing to do: mnist version 1 matches")
    assert registrar("verify").code == 0


@pytest.mark.parametrize("form", ["run's artifacts", "logged model"])
def test_the_digest_is_over_the_uri_the_ids_and_the_uuid(
    form: str,
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    logged: dict[str, str],
) -> None:
    write(logged[form])
    run()
    assert version(client)["registrar_digest"] == reference_digest(
        logged[form],
        run_id=logged["run"],
        model_id=logged["logged"] if form == "logged model" else None,
        uuid=UUID,
    )


@pytest.mark.parametrize("form", ["run's artifacts", "run's logged model", "logged model", "place"])
def test_a_model_overwritten_in_place_is_a_new_version(
    form: str,
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    script: Callable[..., Any],
    logged: dict[str, str],
) -> None:
    write(logged[form])
    run()
    assert run("check").code == 0
    script(OVERWRITE, logged["logged" if "logged" in form else "run"], UUID)
    assert run("check").code == 3
    assert run().code == 0
    assert content(client, "mnist")["aliases"] == {"champion": 2}
    assert run("check").code == 0


def test_a_local_directory_as_a_file_uri_is_uploaded(
    run: Callable[..., Result], client: Any, write: Callable[..., None], repository: Path
) -> None:
    write("models/mnist")
    run()
    before = version(client)
    write((repository / "models" / "mnist").as_uri())
    assert run().out.startswith("Nothing to do: mnist version 1 matches")
    assert version(client) == before
    assert before["registrar_digest"].startswith("sha256:")


def test_a_promotion_carries_the_digest_over_and_is_done_once(
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    registrar: Callable[..., Result],
    repository: Path,
    script: Callable[..., Any],
    backend: str,
) -> None:
    staging = repository / "configs" / "model" / "staging.yaml"
    staging.write_text("name: staging\nuri: models/mnist\naliases: [best]\n")
    assert registrar("model=staging", MLFLOW_TRACKING_URI=backend).code == 0
    write("models:/staging@best")
    assert run().code == 0
    origin = client.get_model_version("staging", "1")
    found = version(client)
    assert found["source"] == "models:/staging/1"
    assert found["registrar_digest"] == origin.tags["registrar_digest"]
    assert found["registrar_digest"].startswith("sha256:")
    for again in ("models:/staging@best", "models:/staging/1"):
        write(again)
        assert run().out.startswith("Nothing to do: mnist version 1 matches")
    assert "model.skops" in script(DOWNLOAD, "models:/mnist/1")
    (repository / "models" / "mnist" / "letter.txt").write_text("B")
    assert registrar("model=staging", MLFLOW_TRACKING_URI=backend).code == 0
    write("models:/staging@best")
    assert run().code == 0
    assert content(client, "mnist")["aliases"] == {"champion": 2}
    assert version(client, 2)["source"] == "models:/staging/2"


def test_a_model_not_looked_at_is_noted(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    uri = "s3://no-such-bucket-of-ours/models/mnist/"
    write(uri, "verify: false")
    note = f"note: mnist: {uri} was not checked (verify: false)\n"
    planned, applied = run("plan"), run()
    assert (planned.code, planned.err) == (0, note)
    assert (applied.code, applied.err) == (0, note)
    assert version(client)["source"] == "s3://no-such-bucket-of-ours/models/mnist"
    assert run().out.startswith("Nothing to do: mnist version 1 matches")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        (f"runs:/{RUN}/model", f"runs:/{RUN}/model: Run with id={RUN} not found"),
        ("runs:/short/model", "runs:/short/model: Run with id=short not found"),
        (
            "models:/m-00000000000000000000000000000000",
            (
                "models:/m-00000000000000000000000000000000: Logged model with ID "
                "'m-00000000000000000000000000000000' not found."
            ),
        ),
        (
            "models:/absent/1",
            "models:/absent/1: Model Version (name=absent, version=1) not found",
        ),
        ("models:/absent@best", "models:/absent@best: Registered Model with name=absent not found"),
    ],
)
def test_what_is_not_there_is_an_error_at_its_place(
    run: Callable[..., Result], client: Any, write: Callable[..., None], uri: str, message: str
) -> None:
    write(uri)
    for command in ("plan", "apply"):
        result = run(command)
        assert (result.code, result.out) == (2, "")
        assert result.err == (
            f"configs/model/mnist.yaml:2:1: model.uri: {message.rstrip('.')}. "
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
    write("foo://bar/model")
    result = run()
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(
        "configs/model/mnist.yaml:2:1: model.uri: MLflow knows no store for foo://bar/model: "
    )
    assert result.err.count("\n") == 1
    assert list(client.search_registered_models()) == []


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
                "Write models:/NAME/VERSION, models:/NAME@ALIAS or models:/m-ID."
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
                "s3://bucket/bin/model may be refused: a server whose system has links at /bin, "
                "/sbin, /lib, /lib64, /var/run, /var/lock takes no such path; another first folder "
                "avoids that"
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

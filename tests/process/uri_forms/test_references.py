"""Every form of a URI: what is registered, that it can be loaded, and that once is enough."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from registrar.references import digest_of_place
from tests.support.registry_snapshot import content, uploads
from tests.support.user_scripts import DOWNLOAD, FORMS, version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


UUID = "045b0008ee3244c69cc812fda50f9b28"
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


def stored(form: str, logged: dict[str, str]) -> str:
    """The source that the registry then holds."""
    if form in {"version", "alias"}:
        return "models:/source/1"
    if form in {"logged model", "run's logged model"}:
        return f"models:/{logged['logged']}"
    return logged["artifact URI"] if form == "artifact URI" else f"{logged['root']}/model"


@pytest.mark.sampled(2)
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


@pytest.mark.parametrize("form", ["run's artifacts", "run's logged model"])
def test_the_digest_is_over_the_place_and_the_uuid(
    form: str,
    run: Callable[..., Result],
    client: Any,
    write: Callable[..., None],
    logged: dict[str, str],
) -> None:
    write(logged[form])
    run()
    assert version(client)["registrar_digest"] == digest_of_place(
        stored(form, logged), run_id=logged["run"], uuid=UUID
    )


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "form", ["run's logged model", "run's artifacts", "artifact URI", "logged model"]
)
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

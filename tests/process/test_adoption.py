"""Versions that somebody registered by hand are recognised, from every form of URI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry_snapshot import content
from tests.support.user_scripts import FORMS, REGISTER, log, version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

COPY = """
from mlflow import MlflowClient
client = MlflowClient()
copy = client.copy_model_version("models:/source/1", "mnist")
answer = copy.source
"""
CREATE = """
from mlflow import MlflowClient
client = MlflowClient()
client.create_registered_model("mnist")
made = client.create_model_version("mnist", argv[0], run_id=argv[1] or None)
answer = made.source
"""


@pytest.fixture
def client(mlflow_client: Callable[[str], Any], backend: str) -> Any:
    return mlflow_client(backend)


@pytest.fixture
def logged(script: Callable[..., Any]) -> dict[str, str]:
    return log(script)


@pytest.fixture
def adopts(
    registrar: Callable[..., Result], repository: Path, client: Any, backend: str
) -> Callable[[str], None]:
    """Version 1 is adopted for a URI: no drift, registrar's tags and no others, and only once."""

    def adopts(uri: str) -> None:
        client.set_model_version_tag("mnist", "1", "mine", "\u00e9 ")
        before = version(client)
        config = repository / "configs" / "model" / "mnist.yaml"
        config.write_text(f"name: mnist\nuri: {uri}\n")

        def run(command: str) -> Result:
            return registrar(command, "model=mnist", MLFLOW_TRACKING_URI=backend)

        check = run("check")
        assert check.code == 0, check.out + check.err
        assert check.out.startswith(
            "mnist\n  = version 1         adopted: it is what the configuration declares\n"
            f"In sync with {backend}; 1 to adopt.\n"
        )
        applied = run("apply")
        assert (applied.code, applied.err) == (0, "")
        assert applied.out.endswith(f"Applied to {backend}: 1 adopted.\n")
        after = version(client)
        digest = after.pop("registrar_digest")
        assert "float64" in after.pop("registrar_model_signature")
        assert digest.startswith("ref-sha256:")
        assert after == {**before, "registrar_managed": "[]", "registrar_config": "mnist"}
        assert run("apply").out.startswith("Nothing to do: mnist version 1 matches")
        assert list(content(client, "mnist")["versions"]) == [1]

    return adopts


@pytest.mark.sampled(2)
@pytest.mark.parametrize("form", FORMS)
def test_what_register_model_made_from_the_same_uri(
    form: str,
    adopts: Callable[[str], None],
    script: Callable[..., Any],
    logged: dict[str, str],
    backend: str,
) -> None:
    if form in {"version", "alias"} and backend.startswith("sqlite"):
        pytest.skip("without a server MLflow loses the run of a version, and cannot read aliases")
    if form == "artifact URI":
        script(CREATE, logged["artifact URI"], logged["run"])
    else:
        script(REGISTER, logged[form], "mnist")
    adopts(logged[form])


def test_what_register_model_made_from_the_run_whose_folder_is_named(
    adopts: Callable[[str], None], script: Callable[..., Any], logged: dict[str, str]
) -> None:
    script(REGISTER, logged["run's artifacts"], "mnist")
    adopts(logged["artifact URI"])


def test_what_copy_model_version_made(
    adopts: Callable[[str], None], script: Callable[..., Any], logged: dict[str, str]
) -> None:
    assert script(COPY) == "models:/source/1"
    adopts(logged["alias"])


def test_what_the_api_was_given_word_for_word(
    adopts: Callable[[str], None], script: Callable[..., Any], logged: dict[str, str]
) -> None:
    uri = logged["run's artifacts"]
    assert script(CREATE, uri, logged["run"]) == uri
    adopts(uri)


def test_spellings_of_one_place_are_one(
    script: Callable[..., Any],
    registrar: Callable[..., Result],
    repository: Path,
    client: Any,
    backend: str,
) -> None:
    script(CREATE, "S3://Bucket/models//mnist/", "")
    config = repository / "configs" / "model" / "mnist.yaml"
    config.write_text("name: mnist\nuri: s3://bucket/models/mnist\nverify: false\n")
    result = registrar("model=mnist", MLFLOW_TRACKING_URI=backend)
    assert result.out.endswith(f"Applied to {backend}: 1 adopted.\n")
    assert version(client)["source"] == "S3://Bucket/models//mnist/"


@pytest.mark.parametrize("run_id", ["", "0123456789abcdef0123456789abcdef"])
def test_another_run_is_another_model(
    run_id: str,
    script: Callable[..., Any],
    registrar: Callable[..., Result],
    repository: Path,
    client: Any,
    backend: str,
) -> None:
    script(CREATE, "s3://bucket/models/mnist", run_id)
    before = version(client)
    config = repository / "configs" / "model" / "mnist.yaml"
    config.write_text("name: mnist\nuri: s3://bucket/models/mnist\nverify: false\n")
    result = registrar("model=mnist", MLFLOW_TRACKING_URI=backend)
    summary = "1 created" if run_id else "1 adopted"
    assert result.out.endswith(f"Applied to {backend}: {summary}.\n")
    assert list(content(client, "mnist")["versions"]) == ([1, 2] if run_id else [1])
    if run_id:
        assert version(client) == before

"""Configurations of every shape: several models, several versions, odd names, prompts."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


def test_a_sweep_is_one_run_with_one_summary(
    run: Callable[..., Result], client: Any, write: Callable[..., None], backend: str
) -> None:
    write("other", name="other", uri="models/mnist")
    result = run("apply", "--multirun", "model=mnist,other")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith(f"from models/mnist\nApplied to {backend}: 5 created.\n")
    digests = {
        content(client, name)["versions"][1]["tags"]["registrar_digest"]
        for name in ("mnist", "other")
    }
    assert len(digests) == 1
    again = run("apply", "--multirun", "model=mnist,other")
    assert again.out == "Nothing to do: 2 models match their configuration.\n"


def test_one_invalid_model_stops_the_whole_sweep(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    write("other", name="other", uri="runs:/0123456789abcdef0123456789abcdef/model")
    result = run("apply", "--multirun", "model=mnist,other")
    assert result.code == 2
    assert list(client.search_registered_models()) == []


def test_a_name_with_spaces_quotes_and_unicode(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    name = "L'été des chiffres ☀ %41 (v1)"
    write(name=name)
    assert run().code == 0
    assert run().out.startswith("Nothing to do: L'été des chiffres ☀ %41 (v1) version 1 matches")
    (model,) = client.search_registered_models()
    assert model.name == name
    version = client.get_model_version_by_alias(name, "champion")
    assert (int(version.version), version.tags["optimizer"]) == (1, "Adam")


def test_several_versions_of_one_model(
    run: Callable[..., Result], client: Any, write: Callable[..., None], repository: Path
) -> None:
    shutil.copytree(repository / "models" / "mnist", repository / "models" / "second")
    (repository / "models" / "second" / "letter.txt").write_text("B")
    write(
        uri=None,
        description=None,
        metadata=None,
        aliases=None,
        versions=[
            {"uri": "models/mnist", "aliases": ["old"], "metadata": {"n": 1}},
            {"uri": "models/second", "aliases": ["new"], "description": "second"},
        ],
    )
    assert run().code == 0
    found = content(client, "mnist")
    assert found["aliases"] == {"old": 1, "new": 2}
    assert [v["description"] for v in found["versions"].values()] == ["", "second"]
    assert found["versions"][1]["tags"]["n"] == "1"
    assert run().out == "Nothing to do: mnist matches configs/model/mnist.yaml.\n"


def test_a_configuration_of_the_registered_model_alone(
    run: Callable[..., Result], client: Any, write: Callable[..., None]
) -> None:
    write(uri=None, description=None, metadata=None, aliases=None)
    assert run().code == 0
    assert content(client, "mnist") == {
        "description": "Handwritten digits",
        "tags": {"team": "vision", "registrar_managed": '["team"]'},
        "aliases": {},
        "moves": {},
        "versions": {},
    }
    assert run().out == "Nothing to do: mnist matches configs/model/mnist.yaml.\n"


def test_the_name_of_a_prompt_is_refused(run: Callable[..., Result], client: Any) -> None:
    client.register_prompt("mnist", "Say {{digit}}")
    before = json.dumps(prompt(client), sort_keys=True)
    result = run()
    assert (result.code, result.out) == (6, "")
    assert result.err == (
        "'mnist' is the name of a prompt on this server. Choose another name for the model.\n"
    )
    assert json.dumps(prompt(client), sort_keys=True) == before


def prompt(client: Any) -> dict[str, Any]:
    """The prompt as the registered model that it is."""
    where = "tags.`mlflow.prompt.is_prompt` = 'true'"
    (model,) = client.search_registered_models(where)
    versions = client.search_model_versions(f"name = 'mnist' AND {where}")
    return {
        # MLflow adds the experiment in the background.
        "tags": {k: v for k, v in model.tags.items() if k != "_mlflow_experiment_ids"},
        "aliases": dict(model.aliases),
        "versions": {str(version.version): dict(version.tags) for version in versions},
    }


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_check_reports_what_apply_would_refuse_as_drift(
    registrar: Callable[..., Result], backend: str, mlflow_client: Callable[[str], Any]
) -> None:
    client = mlflow_client(backend)
    client.register_prompt("greeting", "hello")
    assert registrar("apply", "model=mnist").code == 0
    client.set_registered_model_tag("mnist", "registrar_owner", "somebody/else")
    words = ("model=mnist", "model.name=greeting")
    for command, code in (("plan", 6), ("apply", 6), ("check", 3)):
        prompt = registrar(command, *words)
        assert (prompt.code, "greeting" in prompt.err) == (code, True), prompt.err
        document = registrar(command, *words, "output=json").json
        assert (document["exit_code"], document["error"]["kind"]) == (code, "RefusedError")
    # An owner is no reason where there is nothing to write; the checksum is one.
    for command, code in (("plan", 6), ("apply", 6), ("check", 3)):
        other = registrar(command, "model=mnist", f"checksum=sha256:{'0' * 64}")
        assert other.code == code, other.err

"""Protected aliases and owners: what needs a permission is shown, and refused without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

PROTECTED = "+model.registered_model.protected_aliases=[champion]"
ALLOWED = "apply.allow_protected=[champion]"


def change(repository: Path) -> None:
    """Other bytes: a new version, to which the alias would move."""
    (repository / "models" / "mnist" / "requirements.txt").write_text("mlflow\n")


def test_a_protected_alias_moves_only_when_it_is_named(
    repository: Path,
    registrar: Callable[..., Result],
    backend: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    first = registrar("model=mnist", PROTECTED, **env)
    assert first.code == 0, first.err  # a new alias is nobody's loss
    change(repository)
    refused = (
        "configs/model/mnist.yaml: mnist: the alias 'champion' is protected and would move from version 1 to a new version. "
        "Allow it with allow_protected=champion.\n"
    )
    for command in ("plan", "apply"):
        result = registrar(command, "model=mnist", PROTECTED, **env)
        assert (result.code, result.err) == (6, refused)
        assert "  ~ alias champion    1 -> (new)\n" in result.out
    assert list(content(mlflow_client(backend), "mnist")["versions"]) == [1]
    assert registrar("check", "model=mnist", PROTECTED, **env).code == 3
    assert registrar("model=mnist", PROTECTED, "apply.allow_protected=[other]", **env).code == 6
    moved = registrar("model=mnist", PROTECTED, ALLOWED, **env)
    assert moved.code == 0, moved.err
    assert content(mlflow_client(backend), "mnist")["aliases"] == {"champion": 2}
    removal = registrar("model=mnist", PROTECTED, "model.aliases=[]", **env)
    assert removal.code == 6
    assert "would move from version 2 to no version" in removal.err
    assert content(mlflow_client(backend), "mnist")["aliases"] == {"champion": 2}


def test_another_owners_model_is_refused_until_it_is_taken_over(
    registrar: Callable[..., Result], backend: str, mlflow_client: Callable[[str], Any]
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    ours, theirs = "+model.owner=vision/mnist", "+model.owner=audio/mnist"
    assert registrar("model=mnist", ours, **env).code == 0
    assert content(mlflow_client(backend), "mnist")["tags"]["registrar_owner"] == "vision/mnist"
    assert registrar("model=mnist", ours, **env).out.startswith("Nothing to do")
    before = content(mlflow_client(backend), "mnist")
    for owner, who in (
        ([theirs], "this configuration has the owner audio/mnist"),
        (["model.description=mine"], "this configuration has none"),
    ):
        result = registrar("model=mnist", *owner, **env)
        assert result.code == 6
        assert result.err == (
            f"configs/model/mnist.yaml: mnist has the owner vision/mnist, and {who}. "
            "Change the model there, or take it over with allow_takeover=true.\n"
        )
        assert content(mlflow_client(backend), "mnist") == before
    taken = registrar("model=mnist", theirs, "apply.allow_takeover=true", **env)
    assert taken.code == 0, taken.err
    assert content(mlflow_client(backend), "mnist")["tags"]["registrar_owner"] == "audio/mnist"


def test_an_owner_is_written_to_a_model_that_has_none(
    registrar: Callable[..., Result], backend: str, mlflow_client: Callable[[str], Any]
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    assert registrar("model=mnist", **env).code == 0
    result = registrar("model=mnist", "+model.owner=vision/mnist", **env)
    assert result.code == 0, result.err
    assert "+ registered model  owner  vision/mnist" in result.out
    assert content(mlflow_client(backend), "mnist")["tags"]["registrar_owner"] == "vision/mnist"


def test_a_refusal_is_one_json_document_with_the_plan(
    repository: Path, registrar: Callable[..., Result], database: str
) -> None:
    assert registrar("model=mnist", PROTECTED).code == 0
    change(repository)
    document = registrar("plan", "model=mnist", PROTECTED, "output=json").json
    assert document["exit_code"] == 6
    assert document["error"]["kind"] == "RefusedError"
    (model,) = document["models"]
    assert [(c["action"], c["kind"]) for c in model["changes"]] == [
        ("create", "version"),
        ("create", "event"),
        ("move", "alias"),
    ]

"""Many models in one run, one of which may be broken or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.proxy import Reply, Request, record_requests
from tests.support.registry_snapshot import content
from tests.unit.config.test_many_models import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


@pytest.fixture
def many_models(repository: Path) -> Path:
    """A repository with fifteen models, four of them beside their configuration."""
    for number in range(10):
        path = repository / "configs" / "model" / f"m-{number:02}.yaml"
        path.write_text(PLAIN.format(name=f"m-{number:02}") + "aliases: [champion]\n")
    for number in range(10, 14):
        folder = repository / "models" / f"m-{number}"
        folder.mkdir()
        (folder / "MLmodel").write_text(f"flavors: {{python_function: {{}}}}\nn: {number}\n")
        (folder / "registrar.yaml").write_text(f"name: m-{number}\nuri: .\n")
    return repository


def test_fifteen_models_are_one_plan(
    many_models: Path,
    backend: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    broken = many_models / "configs" / "model" / "m-07.yaml"
    text = broken.read_text()
    broken.write_text(text + "metadata: {lr: }\nalias: x\n")
    result = registrar("models=all", **env)
    assert (result.code, result.out) == (2, "")
    assert [line.partition(": ")[0] for line in result.err.splitlines()] == [
        "configs/model/m-07.yaml:5:12",
        "configs/model/m-07.yaml:6:1",
    ]
    assert list(mlflow_client(backend).search_registered_models()) == []
    broken.write_text(text)
    plan = registrar("plan", "models=all", "output=json", **env)
    note = "note: m-00, m-01, m-02 and 7 more: was not checked (verify: false)\n"
    assert (plan.code, plan.err) == (0, note)
    assert len(plan.json["models"]) == 15
    done = registrar("models=all", f"checksum={plan.json['checksum']}", "output=json", **env)
    assert (done.code, done.json["summary"]) == (0, plan.json["summary"])
    assert [model["config"] for model in done.json["models"]] == sorted(
        model["config"] for model in plan.json["models"]
    )
    again = registrar("models=all", **env)
    assert again.out == "Nothing to do: 15 models match their configuration.\n"
    assert registrar("check", "models='m-*'", **env).code == 0
    assert len(mlflow_client(backend).search_registered_models(max_results=1000)) == 15
    assert content(mlflow_client(backend), "m-12")["versions"].keys() == {1}


def test_one_that_fails_stops_no_other(
    many_models: Path,
    server: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    def denied(request: Request) -> Reply | None:
        refused = request.path.endswith("/create") and b'"m-05"' in request.body
        return Reply(403, "Permission denied") if refused else None

    del many_models
    with record_requests(server, denied) as (url, _):
        result = registrar("models='m-*'", "output=json", MLFLOW_TRACKING_URI=url)
    assert (result.code, result.json["exit_code"]) == (4, 4)
    left = {model["name"] for model in result.json["models"] if model["left"]}
    assert left == {"m-05"}
    assert len(mlflow_client(server).search_registered_models(max_results=1000)) == 13
    assert registrar("models='m-*'", MLFLOW_TRACKING_URI=server).code == 0
    assert registrar("check", "models='m-*'", MLFLOW_TRACKING_URI=server).code == 0


def test_a_change_of_too_many_models_needs_a_permission(
    repository: Path,
    database: str,
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
) -> None:
    folder, env = repository / "configs" / "model", {"MLFLOW_TRACKING_URI": database}
    (folder / "mnist.yaml").unlink()
    protects = "registered_model: {protected_aliases: [champion]}\n"
    for number in range(10):
        text = f"name: m-{number}\nversions:\n"
        for letter, aliases in (("a", "[champion]"), ("b", "[]")):
            uri = f"s3://bucket/m-{number}/{letter}"
            text += f"- {{uri: '{uri}', verify: false, aliases: {aliases}}}\n"
        (folder / f"m-{number}.yaml").write_text(text + protects)
    assert registrar("models=all", **env).code == 0
    client = mlflow_client(database)
    before = {f"m-{number}": content(client, f"m-{number}") for number in range(10)}

    # A careless search and replace: half of all champions move.
    for number in range(5):
        file = folder / f"m-{number}.yaml"
        text = file.read_text().replace("[champion]}", "[x]}", 1).replace("[]", "[champion]")
        file.write_text(text.replace("[x]", "[]"))
    allowed = "allow_protected=[champion]"
    refusal = (
        "this would move 5 of 10 protected aliases, and limits.moved_aliases is 30%. "
        "Look at the plan. If you want all of these changes, allow them with allow_mass=true.\n"
    )
    for command, code in (("apply", 6), ("plan", 6), ("check", 3)):
        refused = registrar(command, "models=all", allowed, **env)
        assert (refused.code, refusal in refused.err) == (code, command != "check"), refused.err
    assert {name: content(client, name) for name in before} == before
    wide = registrar("plan", "models=all", allowed, "limits.moved_aliases=50%", **env)
    assert wide.code == 0
    wrong = registrar("plan", "models=all", "limits.removed=half", **env)
    assert (wrong.code, "is not a percentage such as 30%" in wrong.err) == (2, True)
    # A plan file keeps the permission, and is judged by what the whole fleet has.
    planned = registrar("plan", "models=all", allowed, "allow_mass=true", "out=plan.json", **env)
    assert planned.code == 0
    assert registrar("apply", "plan=plan.json", **env).code == 0
    moved = {client.get_registered_model(name).aliases["champion"] for name in ("m-0", "m-4")}
    assert (moved, client.get_registered_model("m-5").aliases["champion"]) == ({2}, 1)

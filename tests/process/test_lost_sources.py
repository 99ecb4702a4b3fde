"""What was registered stays manageable after its run, logged model or source version is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.proxy import Fault, inject_fault
from tests.support.registry_snapshot import content
from tests.support.user_scripts import FORMS, log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

DELETE = """
from mlflow import MlflowClient
client = MlflowClient()
client.delete_logged_model(argv[1])
client.delete_model_version("source", "1")
client.delete_registered_model("source")
client.delete_run(argv[0])
client.delete_experiment(client.get_run(argv[0]).info.experiment_id)
answer = None
"""


def write(repository: Path, name: str, uri: str, alias: str = "champion") -> None:
    (repository / "configs" / "model" / f"{name}.yaml").write_text(
        f"name: {name}\nuri: {uri}\naliases: [{alias}]\n"
    )


@pytest.fixture
def run(registrar: Callable[..., Result], backend: str) -> Callable[..., Result]:
    return lambda *argv: registrar(*argv, "models=all", MLFLOW_TRACKING_URI=backend)


def test_versions_outlive_what_they_were_made_of(
    run: Callable[..., Result],
    script: Callable[..., Any],
    mlflow_client: Callable[[str], Any],
    backend: str,
    small_model_repository: Path,
) -> None:
    made = log(script)
    forms = [form for form in FORMS if form != "artifact URI"]  # the store keeps these files
    names = {form: f"m{index}" for index, form in enumerate(forms)}
    for form, name in names.items():
        write(small_model_repository, name, made[form])
    assert run("apply").code == 0
    client = mlflow_client(backend)
    before = {name: content(client, name) for name in names.values()}

    # A name that the run never had is a mistake, not a loss.
    write(small_model_repository, names["run's logged model"], made["run's logged model"] + "x")
    assert run("plan").code == 2
    write(small_model_repository, names["run's logged model"], made["run's logged model"])

    script(DELETE, made["run"], made["logged"])

    planned = run("check")
    assert (planned.code, planned.out) == (
        0,
        f"Nothing to do: {len(names) + 1} models match their configuration.\n",
    ), planned.err
    for form, name in names.items():
        if form != "run's artifacts":
            assert f"note: {name}: " in planned.err, form
    assert {name: content(client, name) for name in names.values()} == before

    for form, name in names.items():
        write(small_model_repository, name, made[form], alias="shadow")
    assert run("apply").code == 0
    for name in names.values():
        assert content(client, name)["aliases"] == {"shadow": 1}

    # A source that a file names anew, and that is not there, is no lost one.
    write(small_model_repository, names["version"], "models:/source/7")
    renamed = run("plan")
    assert (renamed.code, renamed.out) == (2, "")
    assert f"configs/model/{names['version']}.yaml:2:1: " in renamed.err
    write(small_model_repository, names["version"], made["version"], alias="shadow")

    # What was never registered is an error of the configuration, and nothing is written.
    write(small_model_repository, "new", made["logged model"])
    write(small_model_repository, "m0", made[forms[0]], alias="canary")
    refused = run("apply")
    assert (refused.code, refused.out) == (2, "")
    assert "configs/model/new.yaml:2:1: " in refused.err
    assert content(client, "m0")["aliases"] == {"shadow": 1}


@pytest.mark.parametrize("backend", ["http"], indirect=True)
def test_a_source_that_cannot_be_looked_at_stops_its_own_model_only(
    registrar: Callable[..., Result],
    script: Callable[..., Any],
    mlflow_client: Callable[[str], Any],
    backend: str,
    small_model_repository: Path,
) -> None:
    made = log(script)
    write(small_model_repository, "known", made["run's artifacts"])
    assert registrar("apply", "models=all", MLFLOW_TRACKING_URI=backend).code == 0
    for name, uri in (("known", made["run's artifacts"]), ("mnist", "models/mnist")):
        write(small_model_repository, name, uri, alias="shadow")
    write(small_model_repository, "new", made["logged model"])

    with inject_fault(backend, Fault(denied="/MLmodel")) as url:
        planned = registrar("plan", "models=all", MLFLOW_TRACKING_URI=url)
        applied = registrar("apply", "models=all", MLFLOW_TRACKING_URI=url)

    assert (planned.code, applied.code) == (4, 4)
    for result in (planned, applied):
        assert "configs/model/new.yaml:2:1: " in result.err
        assert "note: known: " in result.err
    assert "Applied to " in applied.out
    client = mlflow_client(backend)
    for name in ("known", "mnist"):
        assert content(client, name)["aliases"] == {"shadow": 1}
    names = {model.name for model in client.search_registered_models()}
    assert names == {"known", "mnist", "source"}

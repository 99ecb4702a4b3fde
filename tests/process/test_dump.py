"""`dump`: the round-trip laws on generated registries, and what a person finds in the files."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registrar.config.option_names import file_names
from registrar.recorded_metrics import parse_declared
from registrar.state import METRICS_TAG
from registrar.uris import canonical_uri
from tests.support.made_registries import (
    ALIAS,
    KEY,
    NAME,
    SOURCE,
    TEXT,
    clear,
    client_of,
    fill,
    is_name,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.registrar_process import Result


METRICS = st.sampled_from(
    [
        None,
        '{"accuracy":[{"value":0.5}],"tags":[{"dataset":"test","value":1e-07}]}',
        '{"accuracy":[{"from":"carried","value":0.5},{"value":7}]}',
        '{"accuracy":[{"value":0.5}],"":[{"value":1}]}',  # no file can declare all of it
        "spoilt",
    ]
)
VERSION = st.fixed_dictionaries(
    {
        "source": SOURCE,
        "run_id": st.none() | st.sampled_from(["a" * 32, "b" * 32]),
        "description": TEXT,
        "tags": st.builds(
            lambda tags, text: tags | ({METRICS_TAG: text} if text else {}),
            st.dictionaries(KEY, TEXT, max_size=3),
            METRICS,
        ),
        "aliases": st.lists(ALIAS, max_size=2),
        "deleted": st.booleans(),
    }
)
MODELS = st.dictionaries(
    NAME,
    st.fixed_dictionaries(
        {
            "description": TEXT,
            "tags": st.dictionaries(KEY, TEXT, max_size=3),
            "versions": st.lists(VERSION, max_size=4),
        }
    ),
    min_size=1,
    max_size=2,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[Path]:
    """A folder with two databases, `old.db` and `new.db`, as the current directory."""
    folder = tmp_path_factory.mktemp("dump")
    for name in ("old.db", "new.db"):
        shutil.copy(blank_database, folder / name)
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("*.yaml"))}


@settings(
    max_examples=max(2, settings().max_examples // 30),  # an example takes seconds
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    models=MODELS.map(lambda models: {n: m for n, m in models.items() if is_name(n)}).filter(bool)
)
def test_round_trip(folder: Path, models: dict[str, Any]) -> None:
    shutil.rmtree(folder / "a", ignore_errors=True)
    shutil.rmtree(folder / "b", ignore_errors=True)
    fill("old.db", models)
    clear("new.db")
    code, dumped = run("old.db", "dump", "dump.dir=a/model")
    assert code == 0
    assert {model["name"] for model in dumped["models"]} == set(models)
    options = ",".join(file_names(models).values())
    chosen = ["--config-dir", "a", "--multirun", f"model={options}"]
    # Empty but for adoptions.
    code, plan = run("old.db", "check", *chosen)
    assert (code, plan.get("error")) == (0, None)
    assert {change["action"] for model in plan["models"] for change in model["changes"]} <= {
        "adopt"
    }
    # The same again after adoption.
    assert run("old.db", *chosen)[0] == 0
    code, again = run("old.db", "dump", "dump.dir=a/model")
    assert len(again["models"]) == len(models)  # a file that would change is left alone
    # An empty registry becomes the same one.
    code, applied = run("new.db", *chosen)
    assert (code, applied.get("error")) == (0, None)
    assert run("new.db", *chosen)[1]["summary"]["unchanged"] == len(models)
    assert run("new.db", "dump", "dump.dir=b/model")[0] == 0
    assert files(folder / "b/model") == files(folder / "a/model")
    for name in models:
        assert held("new.db", name) == held("old.db", name)


def held(database: str, name: str) -> Any:
    """What a registry has that a configuration can say, versions in order."""
    client = client_of(database)
    model = client.get_registered_model(name)
    found = client.search_model_versions(f"name='{name}'")
    versions = sorted(found, key=lambda version: int(version.version))
    order = {int(version.version): index for index, version in enumerate(versions)}
    return {
        "description": said(model.description),
        "tags": own(model.tags),
        "aliases": {alias: order[int(number)] for alias, number in model.aliases.items()},
        "versions": [
            (canonical_uri(v.source), said(v.description), own(v.tags), metrics(v.tags))
            for v in versions
        ],
    }


def said(description: str | None) -> str:
    """OmegaConf has no way to say ???."""
    return "" if description in {None, "???"} else str(description)


def metrics(tags: dict[str, str]) -> dict[str, Any]:
    """The declared metrics; a file declares all of them or none."""
    declared = parse_declared(tags.get(METRICS_TAG))
    return {} if "" in declared else declared


def own(tags: dict[str, str]) -> dict[str, str]:
    """Without registrar's."""
    return {k: v for k, v in tags.items() if not k.startswith("registrar_") and v != "???"}


@pytest.mark.exhaustive
def test_a_registry_of_300_models_made_by_hand(
    repository: Path, database: str, registrar: Callable[..., Result]
) -> None:
    """The way in for a team that has them: dump, check, apply."""
    now = 1_700_000_000_000
    names = [f"model-{number:03}" for number in range(300)]
    with sqlite3.connect(repository / "mlflow.db") as held_:
        held_.executemany(
            "INSERT INTO registered_models (name, creation_time, last_updated_time, workspace)"
            " VALUES (?, ?, ?, 'default')",
            [(name, now, now) for name in names],
        )
        held_.executemany(
            "INSERT INTO model_versions (name, version, creation_time, last_updated_time, source,"
            " current_stage, status, workspace) VALUES (?, ?, ?, ?, ?, 'None', 'READY', 'default')",
            [
                (name, version, now, now, f"file://{repository}/models/mnist")
                for name in names
                for version in (1, 2)
            ],
        )
    held_.close()
    (repository / "configs" / "model" / "mnist.yaml").unlink()
    dumped = registrar("dump")
    assert dumped.out.endswith("Dumped 300 models of sqlite:///mlflow.db to configs/model.\n")
    checked = registrar("check", "models=all", "output=json")
    assert (checked.code, checked.json["summary"]["adopt"]) == (0, 600)
    some = "models=model-00*"
    assert registrar(some).code == 0
    assert registrar(some).out == "Nothing to do: 10 models match their configuration.\n"

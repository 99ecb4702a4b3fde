"""Pull requests that try to lift a guard: each ends as its case in guards.yaml says."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from registrar.content.yaml_loader import load_yaml
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import ForkServer, Result

CASES = load_yaml(Path(__file__).with_name("guards.yaml").read_text())
STAY = "name: px\nuri: s3://b/one\nverify: false\naliases: [champion]\n"
MOVE = STAY.replace("one", "two")
HELD = "registered_model: {protected_aliases: [champion]}\n"
USUAL = ["models=all", "owner=we/here"]


def write_model(repository: Path) -> None:
    """What the main branch holds: the model px and no other."""
    folder = repository / "configs" / "model"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "px.yaml").write_text(STAY + HELD)


@pytest.fixture(scope="module")
def merged(
    tmp_path_factory: pytest.TempPathFactory, blank_database: Path, fork_server: ForkServer
) -> Path:
    """The database after the main branch was applied."""
    repository = tmp_path_factory.mktemp("main")
    write_model(repository)
    shutil.copy(blank_database, repository / "mlflow.db")
    done = fork_server.run(["apply", *USUAL], repository)
    assert done.code == 0, done.err
    return repository / "mlflow.db"


@pytest.mark.parametrize("name", CASES)
def test_a_pull_request_that_would_lift_a_guard(
    name: str,
    repository: Path,
    registrar: Callable[..., Result],
    database: str,
    merged: Path,
    mlflow_client: Callable[[str], Any],
    exhaustive: bool,
) -> None:
    write_model(repository)
    shutil.copy(merged, repository / "mlflow.db")
    before = content(mlflow_client(database), "px")
    case = CASES[name]
    for path, text in case["files"].items():
        if text is None:
            (repository / path).unlink()
        else:
            (repository / path).parent.mkdir(parents=True, exist_ok=True)
            (repository / path).write_text(text.replace("{MOVE}", MOVE).replace("{STAY}", STAY))
    for command in ("plan", "apply") if exhaustive else ("apply",):
        result = registrar(command, *case.get("argv", USUAL), "output=json")
        problems = result.json["error"]["problems"]
        assert (result.code, [problem["code"] for problem in problems]) == (
            case["exit"],
            case["codes"],
        )
    assert content(mlflow_client(database), "px") == before

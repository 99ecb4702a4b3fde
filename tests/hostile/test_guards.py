"""Pull requests that try to lift a guard: each ends as its case in guards.yaml says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.registrar_process import Result

CASES = yaml.safe_load(Path(__file__).with_name("guards.yaml").read_text())
STAY = "name: px\nuri: s3://b/one\nverify: false\naliases: [champion]\n"
MOVE = STAY.replace("one", "two")
HELD = "registered_model: {protected_aliases: [champion]}\n"
USUAL = ["models=all", "owner=we/here"]


@pytest.mark.parametrize("name", CASES)
def test_a_pull_request_that_would_lift_a_guard(
    name: str,
    repository: Path,
    registrar: Callable[..., Result],
    database: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    (repository / "configs" / "model" / "mnist.yaml").unlink()
    px = repository / "configs" / "model" / "px.yaml"
    px.write_text(STAY + HELD)
    merged = registrar("apply", *USUAL)
    assert merged.code == 0, merged.err
    before = content(mlflow_client(database), "px")
    case = CASES[name]
    for path, text in case["files"].items():
        if text is None:
            (repository / path).unlink()
        else:
            (repository / path).write_text(text.replace("{MOVE}", MOVE).replace("{STAY}", STAY))
    for command in ("plan", "apply"):
        result = registrar(command, *case.get("argv", USUAL), "output=json")
        problems = result.json["error"]["problems"]
        assert (result.code, [problem["code"] for problem in problems]) == (
            case["exit"],
            case["codes"],
        )
    assert content(mlflow_client(database), "px") == before

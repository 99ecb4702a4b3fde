"""`output=json` gives one document, also for an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

    Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        (["aply", "model=mnist"], ["unknown command 'aply'"]),
        (["model=mnits"], ["no model 'mnits'"]),
        (["model=mnist", "--bogus"], ["unknown flag --bogus"]),
        (["model=mnist", "a b=c d"], ["is not an override Hydra can read"]),
        (["model=mnist", "++model.name=a/b", "++model.x=1"], ["'a/b' is not a", "unknown key 'x'"]),
        ([], ["no model chosen"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("output", ["output=json", "++output=json", "output='json'"])
def test_an_error_is_one_json_document_too(
    line: list[str], messages: list[str], output: str, registrar: Run
) -> None:
    result = registrar(*line, output)

    problems = result.json["error"]["problems"]
    assert (result.code, result.json["format"], result.json["exit_code"]) == (2, 1, 2)
    assert result.json["error"]["kind"] == "ConfigError"
    assert [p["message"][: len(m)] for p, m in zip(problems, messages, strict=True)] == messages


def test_a_json_problem_says_where_it_is(registrar: Run, repository: Path) -> None:
    (repository / "configs/model/iris.yaml").write_text("nam: iris\nuri: models/mnist\n")

    result = registrar("validate", "model=iris", "output=json")

    assert result.json["error"] == {
        "kind": "ConfigError",
        "problems": [
            {
                "code": "unknown-key",
                "message": "unknown key 'nam'",
                "hint": None,
                "suggestion": "name",
                "path": "model.nam",
                "file": "configs/model/iris.yaml",
                "line": 1,
                "column": 1,
                "override": None,
            }
        ],
    }


def test_a_valid_configuration_is_one_json_document(registrar: Run) -> None:
    result = registrar("validate", "model=mnist", "output=json")

    assert result.json == {
        "format": 1,
        "command": "validate",
        "exit_code": 0,
        "models": [{"config": "mnist"}],
    }
    assert result.err == ""

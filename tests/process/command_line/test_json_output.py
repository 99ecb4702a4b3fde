"""`output=json` gives one document, also for an error; files get the report in other formats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.report_schema import check_document

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


@pytest.mark.parametrize(
    ("fault", "annotation"),
    [
        ("override", "::error title=registrar%3A unknown-command::unknown command 'vlidate'."),
        (
            "file",
            "::error file=repository/configs/model/mnist.yaml,line=1,col=1,title=registrar%3A",
        ),
    ],
)
def test_one_run_gives_annotations_a_page_and_a_document(
    fault: str, annotation: str, registrar: Run, repository: Path
) -> None:
    if fault == "file":
        (repository / "configs/model/mnist.yaml").write_text("nam: iris\nuri: models/mnist\n")
    word = "validate" if fault == "file" else "vlidate"
    files = ("report.json=r.json", "report.markdown=r.md")
    root = str(repository.parent)

    result = registrar(
        word, "models=all", "output=github", *files, GITHUB_WORKSPACE=root, REGISTRAR_STRICT="true"
    )

    assert (result.code, result.err) == (2, "")
    assert result.out.startswith(annotation)
    document = json.loads((repository / "r.json").read_text())
    check_document(document)
    assert document["exit_code"] == 2
    assert "(exit code 2)" in (repository / "r.md").read_text().splitlines()[1]


def test_a_report_file_that_cannot_be_written_is_told(registrar: Run) -> None:
    result = registrar("validate", "models=all", "report.json=absent/r.json")
    assert (result.code, result.out) == (2, "Valid: mnist.\n")
    assert result.err == "the output cannot be written: No such file or directory.\n"

"""The files for CI systems, against the schemas of these systems."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
import yaml
from jsonschema.validators import validator_for

from tests.docs.markdown import blocks
from tests.support.registrar_process import ROOT

SCHEMAS = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
FILES = {
    "action.yml": "github-actions",
    ".github/workflows/ci.yml": "github-workflows",
    "registrar/commands/pipelines/github.yaml": "github-workflows",
    "registrar/commands/pipelines/github-action.yaml": "github-workflows",
    "registrar/commands/pipelines/gitlab.yaml": "gitlab-ci",
}
SYSTEMS = ((".github/workflows", "github-workflows"), (".gitlab-ci.yml", "gitlab-ci"))


@pytest.mark.parametrize(("file", "schema"), FILES.items())
def test_a_file_for_ci_fits_the_schema_of_its_system(file: str, schema: str) -> None:
    assert problems((ROOT / file).read_text(), schema) == []


def test_the_pipelines_of_the_page_fit_the_schemas_of_their_systems() -> None:
    written = {block.file: block.text for block in blocks(ROOT / "docs" / "ci.md") if block.file}
    schemas = {file: schema for file in written for part, schema in SYSTEMS if part in file}
    assert len(schemas) == 4
    for file, schema in schemas.items():
        assert problems(written[file], schema) == [], file


def problems(text: str, schema: str) -> list[str]:
    """Return what a schema says against a YAML text."""
    rules: dict[str, Any] = json.loads((SCHEMAS / f"{schema}.json").read_text())
    document = yaml.safe_load(text)
    if True in document:  # `on` is a text to GitHub, and a boolean to YAML 1.1
        document["on"] = document.pop(True)
    return [error.message for error in validator_for(rules)(rules).iter_errors(document)]


def test_no_script_in_the_action_holds_an_expression() -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_each_input_of_the_action_is_used() -> None:
    text = (ROOT / "action.yml").read_text()
    unused = [name for name in yaml.safe_load(text)["inputs"] if f"inputs.{name} }}}}" not in text]
    assert unused == []


def test_the_page_lists_the_inputs_and_outputs_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    page = (ROOT / "docs" / "ci.md").read_text()
    for name in (*action["inputs"], *action["outputs"]):
        assert f"\n| `{name}` | " in page


def test_the_small_installation_is_all_but_mlflow() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    (listed,) = re.findall(r"^dependencies = \[\n(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    needed = re.findall(r'^  "([\w-]+)(?![^"]*;)', listed, re.MULTILINE)
    page = (ROOT / "docs" / "ci.md").read_text()
    (installed,) = re.findall(r"^pip install (certifi .*)$", page, re.MULTILINE)
    assert {*installed.split(), "mlflow"} == set(needed)

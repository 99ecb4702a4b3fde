"""The JSON Schema that `init` and `dump` write: what an editor finds, and what is replaced."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from registrar.commands.editor_schema import missing_schema, schema_line
from registrar.config.schema import schema_text
from registrar.content.yaml_loader import load_yaml
from tests.docs.markdown import PAGES, blocks
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = schema_text("model")


@pytest.mark.parametrize(
    ("models", "file", "schema"),
    [
        ("configs/model", "configs/model/iris.yaml", "../schemas/model.json"),
        ("configs/model", "configs/model/vision/iris.yaml", "../../schemas/model.json"),
        ("dumped", "dumped/iris.yaml", "schemas/model.json"),
    ],
)
def test_the_first_line_leads_to_the_schema(models: str, file: str, schema: str) -> None:
    assert schema_line(Path(file), Path(models)) == f"# yaml-language-server: $schema={schema}\n"
    (written,) = missing_schema(Path(models))
    assert (Path(file).parent / schema).resolve() == written.resolve()


def test_the_schema_of_another_version_is_replaced_and_no_other_file(tmp_path: Path) -> None:
    models, file = tmp_path / "model", tmp_path / "schemas" / "model.json"
    assert missing_schema(models) == {file: SCHEMA}
    file.parent.mkdir()
    for text, replaced in (
        (SCHEMA, False),
        (SCHEMA.replace("urn:mlflow-registrar:", "urn:mlflow-registrar:0.0."), True),
        ('{"title": "my own"}', False),
    ):
        file.write_text(text)
        assert missing_schema(models) == ({file: SCHEMA} if replaced else {})
    file.unlink()
    file.symlink_to(tmp_path / "nowhere")
    assert missing_schema(models) == {}


# What an editor cannot take: a base with a `uri` and no name, files of other apps, packages.
OTHERS = re.compile(r"/own_defaults_list/.*/base|/hydra_app_.*/configs/|/package_header_")


def example_files() -> Iterator[tuple[str, str, str]]:
    """Yield (place, group, text) of each file of a model or a server in the docs and the tests."""
    for page in PAGES:
        for block in blocks(page):
            if block.language == "yaml" and block.file:
                yield f"{page.name}:{block.line}/{block.file}", block.file, block.text
    for path in sorted((ROOT / "tests/configs/valid").rglob("*.yaml")):
        place = path.relative_to(ROOT).as_posix()
        yield place, place, path.read_text(encoding="utf-8-sig")


def read(text: str) -> Any:
    """The values as an editor reads them: YAML 1.2 has no dates."""
    return json.loads(json.dumps(load_yaml(text), default=str))


def test_an_editor_accepts_every_file_of_the_examples() -> None:
    validators = {
        group: Draft202012Validator(json.loads(schema_text(group))) for group in ("model", "server")
    }
    checked: list[str] = []
    wrong: list[str] = []
    for place, path, text in example_files():
        folders = re.findall(r"(?:configs|registry)/(model|server)/", path)
        group = "model" if path.endswith("/registrar.yaml") else "".join(folders)
        if group and not OTHERS.search(place):
            checked.append(place)
            problems = validators[group].iter_errors(read(text))
            wrong += [f"{place}: {problem.message}" for problem in problems]
    assert wrong == []
    assert len(checked) > 40


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{name: a, uri: m, alias: [b]}", "'alias' was unexpected"),
        ("{name: a}", "'uri' is a required property"),
        ("{uri: m}", "'name' is a required property"),
        ("{name: a, uri: m, versions: []}", "[] "),  # jsonschema words it in two ways
        ("{name: a/b, uri: m}", "'a/b' does not match"),
        ("{defaults: [base], nmae: a}", "'nmae' was unexpected"),
        ("{owner: a/b, metadata: [lr]}", "['lr'] is not of type 'object'"),
        ("{name: a, uri: m, verify: 'no'}", "'no' is not of type 'boolean'"),
    ],
)
def test_an_editor_marks_mistakes(text: str, message: str) -> None:
    found = [
        problem.message
        for problem in Draft202012Validator(json.loads(SCHEMA)).iter_errors(read(text))
    ]
    assert any(message in problem for problem in found), found


@pytest.mark.parametrize(
    "text",
    [
        "{name: '${oc.env:NAME}', uri: m, aliases: '${project.aliases}', verify: '${strict}'}",
        "{name: a, versions: [{uri: m, version: '${number}', aliases: ['${stage}']}]}",
        "{owner: vision/models, registered_model: {tags: '${project.tags}'}}",
    ],
)
def test_an_editor_accepts_interpolations_and_files_that_others_build_on(text: str) -> None:
    assert [*Draft202012Validator(json.loads(SCHEMA)).iter_errors(read(text))] == []

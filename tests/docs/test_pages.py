"""What the pages say about the code, about each other, and how they say it."""

from __future__ import annotations

import ast
import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import registrar
from registrar.config.arguments import COMMANDS
from registrar.content.digest import hash_directory
from registrar.report.help_text import help_text
from tests.docs.markdown import PAGES, blocks, prose, table
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PACKAGE = ROOT / "registrar"
INSTALL = (
    "pip install -e . && python -m registrar model=mnist",
    "pip install -e '.[dev]' && pytest",
)
KEBAB = re.compile(r"[a-z]+(-[a-z0-9]+)+")
# Words that the pages avoid: a reader has to guess what they stand for.
RIDDLES = re.compile(
    r"can\s+not\b|of its own\b|of their own\b|as it is\b|what is there|that there is\b|\bone that\b"
    r"|\bthose that there|what is true afterwards|\bis meant\b|nobody (?:looks|can look|could look|has looked)"
    r"|stops itself alone|\banew\b",
    re.IGNORECASE,
)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_the_readme_is_a_front_page_that_links_every_other() -> None:
    text = README.read_text()
    assert text.count("\n") <= 200
    for page in PAGES:
        assert page == README or f"]({page.relative_to(ROOT)})" in text, page.name


def test_the_install_commands_are_what_ci_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    for command in INSTALL:
        assert command in README.read_text()
        assert command in script


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_says_things_plainly(page: Path) -> None:
    assert RIDDLES.findall(prose(page)) == []


def test_the_digest_in_the_readme_is_that_of_the_example() -> None:
    digest = hash_directory(ROOT / "models" / "mnist").digest
    assert digest[:19] in README.read_text()
    assert digest.removeprefix("sha256:") in (DOCS / "configuration.md").read_text()


def test_the_faults_in_the_readme_are_rows_of_the_whole_table() -> None:
    every, short = table(DOCS / "reliability.md", "faults"), table(README, "faults")
    assert short
    assert short.items() <= every.items()


def test_the_example_configuration_is_the_one_in_the_repository() -> None:
    committed = yaml.safe_load((ROOT / "configs" / "model" / "mnist.yaml").read_text())
    assert (committed["name"], committed["uri"]) == ("mnist", "models/mnist")


def schema(name: str) -> dict[str, Any]:
    """Return one of the JSON Schemas of the package."""
    path = PACKAGE / "config" / "schemas" / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def fields(node: dict[str, Any], *names: str) -> Iterator[str]:
    """Yield `a.b` for every field below a schema's properties."""
    for name, field in node.get("properties", {}).items():
        yield ".".join((*names, name))
        yield from fields(field, *names, name)


def test_the_configuration_page_lists_every_field() -> None:
    text = (DOCS / "configuration.md").read_text()
    listed = set(re.findall(r"`([\w.]+)`", text))
    model = {name for name in fields(schema("model")) if name != "defaults"}
    server = {name for name in fields(schema("server")) if name not in {"defaults", "artifacts"}}
    assert model - listed == {"registered_model"} - listed
    assert server <= listed
    assert schema("config")["properties"].keys() <= listed


def test_the_configuration_page_names_the_variables_of_the_network() -> None:
    source = (PACKAGE / "registry" / "http" / "environment.py").read_text()
    variables = set(re.findall(r"\"(MLFLOW_\w+|\w+_CA_BUNDLE)\"", source))
    assert variables
    text = (DOCS / "configuration.md").read_text()
    assert {name for name in variables if f"`{name}`" not in text} == set()


def test_the_commands_page_lists_every_command_and_field() -> None:
    text = (DOCS / "commands.md").read_text()
    assert set(schema("config")["properties"]["command"]["enum"]) <= set(
        re.findall(r"^## (\w+)$", text, re.MULTILINE)
    )
    listed = set(re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE))
    nodes = ("apply", "show", "dump", "delete", "verify", "promote", "catalogue", "history")
    properties = schema("config")["properties"]
    known = {f"{node}.{name}" for node in nodes for name in properties[node]["properties"]}
    assert known <= listed
    assert {name for name in listed if "." in name} <= known


def test_the_exit_codes_are_those_of_the_json_schema() -> None:
    text = (DOCS / "commands.md").read_text()
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert listed == set(schema("report")["properties"]["exit_code"]["enum"])


def test_the_json_page_describes_every_field_of_the_document() -> None:
    listed = set(re.findall(r"`([\w.]+)`", (DOCS / "json.md").read_text()))
    text = json.dumps(schema("report"))
    names: set[str] = set()
    for properties in re.findall(r'"properties": ({.*)', text):
        found, _ = json.JSONDecoder().raw_decode(properties)
        names |= set(found)
    assert names - listed == set()


def test_the_architecture_page_draws_the_layers_of_the_import_contracts() -> None:
    contracts = (ROOT / "pyproject.toml").read_text()
    (layers,) = re.findall(r"^layers = \[\n(.*?)^\]", contracts, re.MULTILINE | re.DOTALL)
    declared = [set(re.findall(r"\w+", line)) for line in layers.splitlines()]
    page = DOCS / "architecture.md"
    drawings = [block.text for block in blocks(page) if block.text.startswith("__main__")]
    assert [set(line.split()) for line in drawings[0].splitlines()] == declared
    for names in declared:
        for name in names:
            assert f"`{name}`" in page.read_text(), name


def problem_codes() -> set[str]:
    """Return the codes of the problems that the source and the schemas name, and of the errors."""
    schemas = (PACKAGE / "config" / "schemas").glob("*.json")
    codes = {
        code for path in schemas for code in re.findall(r'"x-code": "([^"]+)"', path.read_text())
    }
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name("Problem"), args=[ast.Constant(str(code)), *_]):
                    codes.add(code)
                case ast.Call(func=ast.Name(function), args=args) if "problem" in function:
                    texts = [arg.value for arg in args if isinstance(arg, ast.Constant)]
                    codes |= {text for text in map(str, texts) if KEBAB.fullmatch(text)}
                case ast.AnnAssign(target=ast.Name("code"), value=ast.Constant(str(code))):
                    codes.add(code)
                case ast.Assign(targets=[ast.Name("code")], value=ast.Constant(str(code))):
                    codes.add(code)
                case _:
                    pass
    return codes


def test_the_json_page_lists_every_problem_code() -> None:
    listed = {cell.strip("`") for cell in table(DOCS / "json.md", "codes")}
    assert listed == problem_codes() - {"example"}


def test_the_page_on_tags_lists_every_tag() -> None:
    constant = re.compile(r'^[A-Z]+_TAG = "(registrar_\w+)"', re.MULTILINE)
    tags = {tag for path in PACKAGE.rglob("*.py") for tag in constant.findall(path.read_text())}
    assert len(tags) > 5
    listed = set(re.findall(r"`(registrar_\w+)`", (DOCS / "on-server-format.md").read_text()))
    assert tags <= {re.sub(r"_\d$", "", tag) for tag in listed}


def test_the_python_page_lists_the_public_names() -> None:
    text = (DOCS / "python.md").read_text()
    for name in registrar.__all__:
        assert name.startswith("__") or re.search(rf"\b{name}\b", text), name


def test_the_python_page_gives_each_function_its_parameters() -> None:
    rows = re.findall(
        r"^\| `(\w+)\((.*?)\)(?:`| -> )", (DOCS / "python.md").read_text(), re.MULTILINE
    )
    assert len(rows) > 10
    for name, given in rows:
        listed = re.findall(r"(?:^|, )\*{0,2}(\w+)", given)
        known = list(inspect.signature(getattr(registrar, name)).parameters)
        if "..." in given:  # the sentence below the table says where the others are
            known = [parameter for parameter in known if parameter in listed]
        assert listed == known, name


def test_the_glossary_is_in_alphabetical_order() -> None:
    entries = re.findall(r"^### (.*)$", (DOCS / "glossary.md").read_text(), re.MULTILINE)
    assert entries == sorted(entries)


def test_every_block_that_is_not_run_says_why() -> None:
    for page in PAGES:
        comments = page.read_text().count("<!-- not run: ")
        reasons = [block.reason for block in blocks(page) if block.reason]
        assert len(reasons) == comments, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_the_project_that_a_page_names_exists(page: Path) -> None:
    """Paths below `configs/` and `models/` are those of the reader's own repository."""
    paths = re.findall(r"`((?:[\w.-]+/)+(?:[\w.-]+\.\w+)?|\w+\.py)`", page.read_text())
    own = [
        path
        for path in paths
        if not path.startswith(("configs/", "models/", "outputs/", ".gitlab/"))
    ]
    missing = [
        path
        for path in own
        if "NAME" not in path and not any((root / path).exists() for root in (ROOT, PACKAGE))
    ]
    assert missing == []


def test_the_readme_says_of_each_command_what_help_says() -> None:
    rows = re.findall(
        r"^\| `(\w+)`(?: \(the default\))? \| (.+) \|$", README.read_text(), re.MULTILINE
    )
    said = {command: text.replace("`", "") for command, text in rows}

    overview = help_text("", [], []).partition("\nCommands\n")[2]
    assert dict(line.split(maxsplit=1) for line in overview.splitlines()[: len(COMMANDS)]) == said

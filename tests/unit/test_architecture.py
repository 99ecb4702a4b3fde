"""The arrows between modules, read from their imports."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import imports as imports_benchmark
from tests.support.registrar_process import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = ROOT / "registrar"
# Arrows point down: a module imports what stands below it, and within its own box.
LEVELS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("app", "api", "callbacks"),
    ("engine",),
    ("commands", "mapping", "results"),
    ("execute", "cluster", "executors", "uploading"),
    (
        *("compose", "sources", "forms", "directory", "document", "registry", "render"),
        *("interrupt", "provenance"),
    ),
    ("progress",),
    ("declaration", "selection"),
    ("spec", "schema", "diff", "matching", "guards"),
    ("found", "report", "uris", "state", "manifest", "errors"),
)
LEVEL = {box: level for level, boxes in enumerate(LEVELS) for box in boxes}
CORE = {
    "declaration",
    "manifest",
    "found",
    "report",
    "selection",
    "guards",
    "spec",
    "schema",
    "diff",
    "matching",
    "uris",
    "state",
    "errors",
    "render",
}
SHELL_LIBRARIES = {"hydra", "omegaconf", "mlflow", "yaml", "subprocess", "socket", "sys", "os"}
PUBLIC = {
    *("plan", "apply", "validate", "register", "show", "dump", "delete", "verify", "promote"),
    *("get", "load", "uri", "check"),
}
ENTRIES = {
    *("registrar", "registrar.__main__"),
    *(
        "registrar.config.defaults",
        "registrar.config.defaults.server",
        "registrar.config.defaults.executor",
    ),
}


@dataclass(frozen=True, slots=True)
class Import:
    """One import: of which module, and whether it runs when the importing module is imported."""

    module: str
    at_once: bool
    typing: bool


def modules() -> dict[str, Path]:
    """Dotted name -> file of every module."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imports(name: str) -> list[Import]:
    """Everything that a module imports, also inside functions and for type checking only."""
    found: list[Import] = []

    def visit(node: ast.AST, *, at_once: bool, typing: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(alias.name, at_once, typing) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            module = node.module or ""
            for alias in node.names:
                full = f"{module}.{alias.name}"
                found.append(Import(full if full in MODULES else module, at_once, typing))
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        checked = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.iter_child_nodes(node):
            visit(child, at_once=at_once and not inside, typing=typing or checked)

    visit(TREES[name], at_once=True, typing=False)
    return found


def box(module: str) -> str:
    """`registrar.config.files` -> `compose`."""
    return [*module.split("."), ""][1]


@pytest.mark.parametrize("name", MODULES)
def test_arrows_point_down(name: str) -> None:
    mine = box(name)
    if name in ENTRIES and name != "registrar.__main__":
        used = [item for item in imports(name) if item.module.startswith("registrar")]
        assert [item for item in used if not item.typing] == []
        return
    wrong = [
        used.module
        for used in imports(name)
        if used.module.startswith("registrar.")
        and box(used.module) != mine
        and LEVEL[box(used.module)] < LEVEL[mine]
    ]
    assert wrong == []


@pytest.mark.parametrize("name", [name for name in MODULES if box(name) in CORE])
def test_the_core_knows_no_shell(name: str) -> None:
    used = {item.module for item in imports(name)}
    assert {box(module) for module in used if module.startswith("registrar.")} <= CORE
    assert {module.partition(".")[0] for module in used} & SHELL_LIBRARIES == set()
    called = {
        node.func.id
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called & {"open", "print", "input"} == set()


@pytest.mark.parametrize("name", MODULES)
def test_mlflow_is_imported_in_the_registry_only_and_late(name: str) -> None:
    found = [item for item in imports(name) if item.module.partition(".")[0] == "mlflow"]
    if found:
        assert box(name) == "registry"
    assert [item for item in found if item.at_once and not item.typing] == []


def test_hydra_is_imported_in_compose_only() -> None:
    hydra = {"hydra", "omegaconf"}
    users = {
        box(name)
        for name in MODULES
        if any(item.module.partition(".")[0] in hydra for item in imports(name))
    }
    assert users == {"compose"}


@pytest.mark.parametrize("name", MODULES)
def test_no_module_hides_a_public_function(name: str) -> None:
    parts = name.split(".")[1:]
    assert parts[:1] == [] or parts[0] not in PUBLIC


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_and_what_it_gives(name: str) -> None:
    assert ast.get_docstring(TREES[name])
    assigned = {
        target.id: node.value
        for node in TREES[name].body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if name in ENTRIES:
        return
    given = ast.literal_eval(assigned["__all__"])
    assert len(set(given)) == len(given)
    defined = {
        node.name
        for node in TREES[name].body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }
    defined |= assigned.keys()
    defined |= {
        node.target.id
        for node in TREES[name].body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    defined |= {
        alias.asname or alias.name
        for node in TREES[name].body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(given) <= defined


def test_every_module_is_used() -> None:
    used = {item.module for name in MODULES for item in imports(name)}
    named_in_configurations = {"registrar.callbacks"}
    assert set(MODULES) - used - ENTRIES == named_in_configurations


@pytest.mark.parametrize("name", [name for name in MODULES if name not in ENTRIES])
def test_every_name_given_is_used_elsewhere(name: str) -> None:
    (given,) = (
        ast.literal_eval(node.value)
        for node in TREES[name].body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    readers = [
        path.read_text(encoding="utf-8")
        for path in (*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"))
        if path != MODULES[name]
    ]
    assert [word for word in given if not any(word in text for text in readers)] == []


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("registrar", {"mlflow", "hydra", "omegaconf", "yaml", "jsonschema", "registrar.errors"}),
        ("registrar.api", {"mlflow", "hydra", "omegaconf", "jsonschema"}),
        ("registrar.callbacks", {"mlflow", "hydra", "omegaconf", "jsonschema"}),
        ("registrar.commands", {"mlflow", "hydra"}),
        ("registrar.cli", {"mlflow", "hydra", "omegaconf", "jsonschema"}),
        ("registrar.commands.apply", {"mlflow", "hydra"}),
        ("registrar.config.compose", {"mlflow"}),
        ("registrar.registry", {"mlflow", "hydra"}),
        ("registrar.execution.execute", {"mlflow", "hydra"}),
    ],
)
def test_what_a_fresh_interpreter_does_not_load(module: str, absent: set[str]) -> None:
    code = f"import sys, json, {module}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), check=True, capture_output=True, text=True
    )
    assert set(json.loads(done.stdout)) & absent == set()


def test_every_packaged_file_is_known() -> None:
    kinds = {path.suffix for path in PACKAGE.rglob("*") if path.is_file()} - {".pyc"}
    assert kinds == {".py", ".json", ".yaml", ".typed"}
    assert [path.name for path in PACKAGE.rglob("*.typed")] == ["py.typed"]


def test_importing_registrar_is_as_quick_as_promised() -> None:
    figures = imports_benchmark.measure(pairs=5)
    assert figures.holds, figures

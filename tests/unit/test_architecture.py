"""The structure of the package, as far as the import contracts in pyproject.toml cannot state it."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from typing import TYPE_CHECKING

import registrar
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "registrar"
MAX_LINES = 300
# `python -m registrar` runs the first; Hydra looks into the others for YAML files.
ENTRY_MODULES = {
    "registrar.__main__",
    "registrar.config.defaults",
    "registrar.config.defaults.executor",
    "registrar.config.defaults.server",
}
# Users' YAML files name it as a Hydra callback.
NAMED_IN_YAML = {"registrar.callbacks": {"Register"}}


def module_name(path: Path) -> str:
    """Return `registrar.config.files` for registrar/config/files.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TEST_PATHS = sorted((ROOT / "tests").rglob("*.py"))


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def exported_names(name: str) -> list[str] | None:
    """Return the value of `__all__`, or None without one."""
    for node in parse(PATHS[name]).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


def dotted_name(node: ast.expr) -> str:
    """Return `a.b` for the expression `a.b`, and "" for others; `ast.unparse` takes 20 times as long."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            below = dotted_name(node.value)
            return below and f"{below}.{node.attr}"
        case _:
            return ""


@functools.cache
def used_names(path: Path) -> list[tuple[str, str]]:
    """Return (module, name) of every name that a file takes from a module of registrar."""
    return [*_used_names(parse(path))]


def _used_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    modules: dict[str, str] = {}  # local name -> module
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full_name = f"{node.module}.{alias.name}"
                if full_name in PATHS:
                    modules[alias.asname or alias.name] = full_name
                yield str(node.module), alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name] = alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            module = modules.get(dotted_name(node.value))
            if module is not None:
                yield module, node.attr


def test_every_module_has_a_docstring() -> None:
    assert [name for name, path in PATHS.items() if not ast.get_docstring(parse(path))] == []


def test_no_file_is_too_long_to_be_one_idea() -> None:
    paths = [*PATHS.values(), *TEST_PATHS]
    lengths = {module_name(path): path.read_text("utf-8").count("\n") for path in paths}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_package_faces_hold_names_and_no_logic() -> None:
    offenders = [
        f"{name}:{node.lineno}"
        for name, path in PATHS.items()
        if path.name == "__init__.py" and name != "registrar"  # which loads its names when used
        for node in parse(path).body
        if not isinstance(node, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign)
    ]
    assert offenders == []


def test_every_module_lists_its_names_once() -> None:
    offenders = []
    for name in PATHS.keys() - ENTRY_MODULES:
        names = exported_names(name)
        is_empty_face = PATHS[name].name == "__init__.py" and len(parse(PATHS[name]).body) == 1
        if not is_empty_face and (names is None or len(set(names)) < len(names)):
            offenders.append(name)
    assert offenders == []


def test_every_module_lists_exactly_the_names_that_others_use() -> None:
    used, used_by_package = defaultdict(set), defaultdict(set)
    for user, path in [*PATHS.items(), *(("tests", path) for path in TEST_PATHS)]:
        for module, name in used_names(path):
            if user != module:
                used[module].add(name)
                if user != "tests" and f"{module}.{name}" not in PATHS:
                    used_by_package[module].add(name)
    offenders = {}
    for module in PATHS.keys() - {"registrar"}:
        listed = {*(exported_names(module) or [])}
        unused = listed - used[module] - NAMED_IN_YAML.get(module, set())
        if wrong := unused | (used_by_package[module] - listed):
            offenders[module] = wrong
    assert offenders == {}


def test_every_module_is_imported_by_another() -> None:
    imported = set()
    for name, path in PATHS.items():
        for module, attribute in used_names(path):
            imported |= {module, f"{module}.{attribute}"} - {name}
    packages = {name for name, path in PATHS.items() if path.name == "__init__.py"}
    lone = PATHS.keys() - imported - packages - ENTRY_MODULES - NAMED_IN_YAML.keys()
    assert lone == set()


def test_every_public_name_is_loaded_when_it_is_used() -> None:
    assert [name for name in registrar.__all__ if not hasattr(registrar, name)] == []
    assert set(dir(registrar)) == set(registrar.__all__)


def test_no_module_takes_the_name_of_a_public_function() -> None:
    # `import registrar.plan` would replace the function `registrar.plan` by the module.
    top_modules = {name.split(".")[1] for name in PATHS if name.count(".") == 1}
    functions = {name for name in registrar.__all__ if name.islower()}
    assert top_modules & functions == set()


def test_every_packaged_file_is_of_a_known_kind() -> None:
    suffixes = {path.suffix for path in PACKAGE.rglob("*") if path.is_file()} - {".pyc"}
    assert suffixes == {
        *(".py", ".json", ".yaml", ".typed", ".bash", ".fish", ".zsh"),
        *(".html", ".css", ".js"),
    }
    assert [path.name for path in PACKAGE.rglob("*.typed")] == ["py.typed"]

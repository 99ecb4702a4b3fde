"""Reading configuration files: each keeps its text and YAML nodes.

Hydra forgets where a value came from. By these a problem can be reported with file, line and column,
and one broken file does not hide the problems of another.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import yaml
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import DictConfig, OmegaConf

from registrar.config import colocated
from registrar.config.scalars import is_odd
from registrar.config.yaml_errors import explain, explain_bytes, explain_character
from registrar.errors import Problem
from registrar.text import has_surrogate

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["GROUPS", "LOADER", "PACKAGED", "Reading", "SourceFile", "scalars", "shown"]

LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
GROUPS = {"model", "server", "executor"}
PACKAGED = Path(__file__).parent / "defaults"


class SourceFile:
    """One configuration file: its YAML nodes, and what is wrong with it as a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = shown(path)
        self.problems: list[Problem] = []
        self.root: yaml.Node | None = None
        self.text = ""
        try:
            self._read(path.read_bytes())
        except RecursionError:
            self._wrong(Problem("todo", "is nested too deeply, or holds itself", "Write it out."))
        except OSError as error:
            self._wrong(
                Problem("todo", f"cannot be read: {error.strerror}", "Check its permissions.")
            )

    @property
    def odd(self) -> bool:
        """Whether a plain scalar here may have lost something when YAML read it."""
        return self.root is not None and any(
            not node.style and is_odd(node.value) for node in scalars(self.root)
        )

    def config(self) -> ConfigResult | None:
        """What OmegaConf makes of the file, or None where it can not (see `problems`)."""
        if self.problems:
            return None
        try:
            config = OmegaConf.create(self.text) if self.root is not None else OmegaConf.create()
            if self.path.name == colocated.FILE and isinstance(config, DictConfig):
                _relocate(config, PurePosixPath(self.shown).parent.as_posix())
            return ConfigResult(
                config=config,
                path=f"configs://{self.path.parent}",
                provider="",
                header=ConfigSource._get_header_dict(self.text[:512]),  # noqa: SLF001 - part of the plugin API
            )
        except yaml.MarkedYAMLError as error:
            self._wrong(explain(error))
        except ValueError as error:
            hint = "A comment that starts with '# @' is an instruction to Hydra; drop the '@'."
            self._wrong(Problem("todo", str(error), hint).at(line=1, column=1))
        except Exception:  # OmegaConf's grammar errors have no common public base
            hint = "Write \\${ for a literal ${."
            for mark in self._malformed():
                self._wrong(Problem("todo", "an interpolation ${...} is malformed", hint), mark)
        return None

    def _read(self, content: bytes) -> None:
        try:
            self.text = content.decode()
            self.root = compose(self.text)
        except UnicodeDecodeError as error:
            self._wrong(explain_bytes(content, error))
        except yaml.MarkedYAMLError as error:
            self._wrong(explain(error))
        except yaml.reader.ReaderError as error:
            self._wrong(explain_character(self.text, error))
        if self.root is not None:
            self._check_root(self.root)
            for node in scalars(self.root):
                if has_surrogate(node.value):
                    problem = Problem(
                        "todo", "holds half of a surrogate pair", "Write the character itself."
                    )
                    self._wrong(problem, node.start_mark)

    def _malformed(self) -> Iterator[yaml.Mark | None]:
        """Where the values are that OmegaConf cannot read; None if none alone is the cause."""
        marks: list[yaml.Mark | None] = []
        for node in scalars(self.root) if self.root else ():
            try:
                OmegaConf.create({"value": node.value})
            except Exception:
                marks.append(node.start_mark)
        yield from marks or [None]

    def _check_root(self, root: yaml.Node) -> None:
        if not isinstance(root, yaml.MappingNode):
            problem = Problem("todo", "does not hold a mapping", "Write lines of `field: value`.")
            self._wrong(problem, root.start_mark)
            return
        for key in _keys(root):
            if key.tag not in {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}:
                message = f"the key {key.value} is not text: YAML reads it as another type"
                hint = f"Quote it: '{key.value}'."
                self._wrong(Problem("todo", message, hint), key.start_mark)

    def _wrong(self, problem: Problem, mark: yaml.Mark | None = None) -> None:
        line = mark.line + 1 if mark else problem.place.line
        column = mark.column + 1 if mark else problem.place.column
        self.problems.append(problem.at(file=self.shown, line=line, column=column))


class Reading:
    """What one composition reads: the folders that are searched, and the files that were used."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.folders = folders
        self.models = colocated.FOLDER.absolute()
        self.files: dict[Path, SourceFile] = {}

    def file(self, path: Path) -> SourceFile:
        """The file at `path`, read at most once."""
        if path not in self.files:
            self.files[path] = SourceFile(path)
        return self.files[path]

    def path(self, config: str, *, packaged: bool = True) -> Path | None:
        """Where the config `model/mnist` comes from; the first folder that has it wins."""
        config = config.removesuffix(".yaml")
        for folder in (*self.folders, *([PACKAGED] if packaged else [])):
            path = folder / f"{config}.yaml"
            if path.is_file():
                return path
        if config.startswith("model/"):
            path = colocated.file_of(self.models, config.removeprefix("model/"))
            return path if path.is_file() else None
        return None

    def find(self, config: str, *, packaged: bool = True) -> SourceFile | None:
        """The file that the config `model/mnist` comes from."""
        path = self.path(config, packaged=packaged)
        return self.file(path) if path else None

    def declared_twice(self, model: str) -> Problem | None:
        """The problem of a model with a file in a folder of configurations and one beside it."""
        there, other = self.path(f"model/{model}"), colocated.file_of(self.models, model)
        if there is None or there == other or not other.is_file():
            return None
        message = f"the model '{model}' has two files: {shown(there)} and {shown(other)}"
        return Problem("todo", message, "Keep one of them.")

    def options(self, group: str) -> list[str]:
        """The names that a group offers, subfolders included, registrar's own among them.

        The group "" holds the primary configurations.
        """
        found = set()
        for folder in (*self.folders, PACKAGED):
            for path in (folder / group).glob("**/*.yaml" if group else "*.yaml"):
                if path.is_file():
                    found.add(path.relative_to(folder / group).with_suffix("").as_posix())
        if group == "model":
            found |= set(colocated.options(self.models))
        return sorted(found)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the files themselves."""
        return [problem for file in self.files.values() for problem in file.problems]


def shown(path: Path) -> str:
    """A path as a person would write it: relative to the current directory where it is below."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _relocate(config: DictConfig, folder: str) -> None:
    """A model's relative paths count from its own folder."""
    raw = OmegaConf.to_container(config, resolve=False)
    assert isinstance(raw, dict)
    moved = colocated.relocated({str(key): value for key, value in raw.items()}, folder)
    for key in ("uri", "versions"):
        if moved.get(key) != raw.get(key):
            config[key] = moved[key]


def compose(text: str) -> yaml.Node | None:
    """The YAML nodes of a text; None when it is empty."""
    try:
        return yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError:
        # libyaml refuses a little more than the loader of OmegaConf, and says less.
        return yaml.compose(text, Loader=yaml.SafeLoader)


def scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """All scalar values below `node`."""
    match node:
        case yaml.MappingNode():
            for _, value in node.value:
                yield from scalars(value)
        case yaml.SequenceNode():
            for item in node.value:
                yield from scalars(item)
        case yaml.ScalarNode():
            yield node
        case _:
            pass


def _keys(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield key
                yield from _keys(value)
        case yaml.SequenceNode():
            for item in node.value:
                yield from _keys(item)
        case _:
            pass

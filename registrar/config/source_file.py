"""One configuration file: its text, its YAML nodes, and what is wrong with it as a file.

Hydra forgets where a value came from. With the nodes a problem is reported with file, line and
column.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import yaml
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import DictConfig, OmegaConf

from registrar.config import colocated_models
from registrar.config.boundary import find_climbing_default
from registrar.config.file_rules import find_command_fields, find_hydra_settings, find_strays
from registrar.config.other_apps import explain_foreign_model
from registrar.config.scalars import is_odd
from registrar.config.yaml_errors import (
    explain_bytes,
    explain_character,
    explain_yaml,
    find_line_and_column,
)
from registrar.config.yaml_nodes import compose_nodes, list_entries_of, list_keys, list_scalars
from registrar.content.yaml_limits import YamlLimitError, read_limited
from registrar.errors import Problem
from registrar.text import has_surrogate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.config.permissions import Permissions

__all__ = ["SourceFile", "relative_path"]

BYTE_ORDER_MARK = "\ufeff"
ODD_LINE_END = re.compile("[\x85\u2028\u2029]")
TEXT_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}


class SourceFile:
    """One configuration file, read at once. `problems` are those of the file as such.

    A `refusal` is the problem of a file that may not be read.
    """

    def __init__(self, path: Path, refusal: Problem | None = None) -> None:
        self.path = path
        self.display_path = relative_path(path)
        self.problems: list[Problem] = []
        self.root: yaml.Node | None = None
        self.text = ""
        self.is_model = False  # whether Hydra has read it as a file of the group `model`
        if refusal is not None:  # not even read
            self._add(refusal)
            return
        try:
            self._read(read_limited(path))
        except YamlLimitError as error:
            self._add(error.problem)
        except RecursionError:
            self._add(
                Problem("too-deep", "is nested too deeply, or contains itself", "Write it out.")
            )
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            self._add(Problem("unreadable-file", message, "Check its permissions."))

    @property
    def has_defaults(self) -> bool:
        """Whether the file includes others, with a defaults list."""
        entries = () if self.root is None else list_entries_of(self.root)
        return any(key.value == "defaults" for key, _ in entries)

    @property
    def has_odd_scalars(self) -> bool:
        """Whether an unquoted scalar here may have lost something when YAML read it."""
        return self.root is not None and any(
            not node.style and is_odd(node.value) for node in list_scalars(self.root)
        )

    def to_config(self, name: str, permissions: Permissions) -> ConfigResult | None:
        """Return what OmegaConf makes of the file; None where it cannot or may not, see `problems`.

        `name` is what Hydra calls the file, such as `model/mnist`.
        """
        result = None if self.problems else self._load()
        if result is not None and self.root is not None:
            self._check_rules(self.root, result.header["package"], name, permissions)
        return None if self.problems else result

    def _check_rules(
        self, root: yaml.Node, package: str | None, name: str, permissions: Permissions
    ) -> None:
        if not permissions.plugins:
            for problem, mark in find_hydra_settings(root, package, name):
                self._add(problem.at(line=1, column=1), mark)
        if self.problems:
            return
        self.is_model = name.startswith("model/")
        if self.is_model and (foreign := explain_foreign_model(root)):
            self._add(*foreign)
            return
        strays = find_strays(root, package) if self.is_model else ()
        for problem, mark in strays or find_command_fields(root, package, name):
            self._add(problem.at(line=1, column=1), mark)

    def _load(self) -> ConfigResult | None:
        try:
            config = OmegaConf.create(self.text) if self.root is not None else OmegaConf.create()
            if self.path.name == colocated_models.FILE and isinstance(config, DictConfig):
                colocated_models.relocate_config(
                    config, PurePosixPath(self.display_path).parent.as_posix()
                )
            return ConfigResult(
                config=config,
                path=f"configs://{self.path.parent}",
                provider="",
                header=ConfigSource._get_header_dict(self.text[:512]),  # noqa: SLF001 - part of the plugin API
            )
        except yaml.MarkedYAMLError as error:
            self._add(explain_yaml(error))
        except ValueError as error:
            hint = "A comment that starts with '# @' is an instruction to Hydra; drop the '@'."
            self._add(Problem("invalid-header", str(error), hint).at(line=1, column=1))
        except Exception:  # OmegaConf's grammar errors have no common public base
            message, hint = "an interpolation ${...} is malformed", "Write \\${ for a literal ${."
            for mark in self._find_malformed():
                self._add(Problem("invalid-interpolation", message, hint), mark)
        return None

    def check_defaults(self, group: str) -> None:
        """Add the problem of a defaults list that leads out of the folder of configurations."""
        climbing = find_climbing_default(self.root, group)
        if climbing is not None:
            self._add(*climbing)

    def _read(self, content: bytes) -> None:
        try:
            self.text = content.decode()
            self.root = compose_nodes(self.text)
        except UnicodeDecodeError as error:
            self._add(explain_bytes(content, error))
        except YamlLimitError as error:
            self._add(error.problem)
        except yaml.MarkedYAMLError as error:
            self._add(explain_yaml(error))
        except yaml.reader.ReaderError as error:
            self._add(explain_character(self.text, error))
        if self.root is not None:
            self._check_root(self.root)
            for node in list_scalars(self.root):
                if has_surrogate(node.value):
                    message = "holds half of a surrogate pair"
                    hint = "Write the character itself."
                    self._add(Problem("lone-surrogate", message, hint), node.start_mark)

    def _find_malformed(self) -> Iterator[yaml.Mark | None]:
        """Yield where the values are that OmegaConf cannot read; None if no single one is."""
        marks: list[yaml.Mark | None] = []
        for node in list_scalars(self.root) if self.root else ():
            try:
                OmegaConf.create({"value": node.value})
            except Exception:
                marks.append(node.start_mark)
        yield from marks or [None]

    def _check_root(self, root: yaml.Node) -> None:
        if not isinstance(root, yaml.MappingNode):
            message, hint = "is not a mapping", "Write lines of `field: value`."
            self._add(Problem("not-a-mapping", message, hint), root.start_mark)
            return
        for key in list_keys(root):
            if key.tag not in TEXT_TAGS:
                message = f"the key {key.value} is not text: YAML reads it as another type"
                problem = Problem("key-not-text", message, f"Quote it: '{key.value}'.")
                self._add(problem, key.start_mark)

    def place(self, problem: Problem, mark: yaml.Mark | None = None) -> Problem:
        """Return a problem at its place in this file."""
        line, column = problem.place.line, problem.place.column
        if mark is not None:
            line, column = mark.line + 1, mark.column + 1
            if ODD_LINE_END.search(self.text):  # YAML ends a line there, and no editor does
                before = self.text.removeprefix(BYTE_ORDER_MARK)[: mark.index]
                line, column = find_line_and_column(before)
        return problem.at(file=self.display_path, line=line, column=column)

    def _add(self, problem: Problem, mark: yaml.Mark | None = None) -> None:
        self.problems.append(self.place(problem, mark))


def relative_path(path: Path) -> str:
    """Return a path as a person writes it: relative where it is below the current directory."""
    folder = os.getcwd()  # noqa: PTH109 - of ten thousand files, this takes a fifth of the time
    text, current = str(path), f"{folder}{os.sep}"
    if text.startswith(current):
        return text.removeprefix(current).replace(os.sep, "/")
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)

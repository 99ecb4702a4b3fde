"""The configuration files of a repository: found, and each read once.

One broken file does not hide the problems of another.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.config import colocated_models
from registrar.config.boundary import open_boundary
from registrar.config.layout import CONFIGS
from registrar.config.permissions import read_permissions
from registrar.config.shared_models import is_shared_name, is_shared_text
from registrar.config.source_file import SourceFile, relative_path
from registrar.content.yaml_limits import YamlLimitError, read_limited
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PACKAGED", "ConfigFiles"]

PACKAGED = Path(__file__).parent / "defaults"
ENDING = ".yaml"
# A file of this size or less is kept from the look whether it is shared until it is composed.
KEPT_BYTES = 2**14


class ConfigFiles:
    """The files of one composition: the folders that are searched, and each file read so far."""

    def __init__(self, folders: tuple[Path, ...], beside: Path | None = None) -> None:
        """Search `folders`, and `beside` for models with their configuration beside them."""
        self.folders = folders
        self.models = beside or colocated_models.FOLDER.absolute()
        self.files: dict[Path, SourceFile] = {}
        self.permissions = read_permissions()
        self.boundary = open_boundary(self.permissions, (*folders, *([beside] if beside else ())))
        self._readable: dict[str, bool] = {}
        self._contents: dict[str, bytes] = {}
        self._paths: dict[tuple[str, bool], Path] = {}

    @property
    def folder(self) -> str:
        """The folder that new files belong in."""
        return relative_path(self.folders[0]) if self.folders else CONFIGS

    def read(self, path: Path) -> SourceFile:
        """Return the file at `path`, read at most once."""
        if path not in self.files:
            refusal = None
            if not path.is_relative_to(PACKAGED):
                refusal = self.boundary.check_file(path)
            file = self.files[path] = SourceFile(path, refusal)
            file.check_defaults(self.groups_of(path)[0])
        return self.files[path]

    def may_read(self, path: Path) -> bool:
        """Return whether a file lies where configurations may lie."""
        text = str(path)
        known = self._readable.get(text)
        if known is None:
            # Without a look at each folder above each file, which takes long.
            folder = os.path.dirname(text)  # noqa: PTH120 - a path takes ten times as long
            if folder not in self._readable:
                self._readable[folder] = self.boundary.check_file(Path(folder)) is None
            known = self._readable[folder] and not os.path.islink(text)  # noqa: PTH114
            known = known or self.boundary.check_file(path) is None
            self._readable[text] = known
        return known

    def take_content(self, path: Path) -> bytes:
        """Return the content of a file, which `is_shared` may have read. Raises as `read_limited`."""
        content = self._contents.pop(str(path), None)
        return read_limited(path) if content is None else content

    def groups_of(self, path: Path) -> list[str]:
        """Return the groups that the defaults list of a file may count from; "" for no group.

        For `model/prod/a.yaml` they are `model` and `model/prod`: Hydra counts from the group on the
        command line. The first group is the one nearest to the root.
        """
        for folder in self.folders:
            if path.is_relative_to(folder):
                parents = [parent.as_posix() for parent in path.relative_to(folder).parents]
                return parents[-2::-1] or [""]
        return ["model" if path.is_relative_to(self.models) else ""]

    def find_path(self, config: str, *, packaged: bool = True) -> Path | None:
        """Return where the config `model/mnist` comes from; the first folder that has it wins."""
        config = config.removesuffix(".yaml")
        known = self._paths.get((config, packaged))
        if known is None:
            known = self._find_path(config, packaged=packaged)
            if known is not None:
                self._paths[config, packaged] = known
        return known

    def _find_path(self, config: str, *, packaged: bool) -> Path | None:
        for folder in (*self.folders, *([PACKAGED] if packaged else [])):
            path = Path(os.path.join(folder, f"{config}{ENDING}"))  # noqa: PTH118 - as above
            if os.path.isfile(path) or _look_for_file(path):  # noqa: PTH113 - see below
                return path
        if config.startswith("model/"):
            path = colocated_models.path_of(self.models, config.removeprefix("model/"))
            return path if _look_for_file(path) else None
        return None

    def find(self, config: str, *, packaged: bool = True) -> SourceFile | None:
        """Return the file that the config `model/mnist` comes from."""
        path = self.find_path(config, packaged=packaged)
        return self.read(path) if path else None

    def read_stand_ins(self) -> None:
        """Read the files that would replace files of Hydra, which no file may do."""
        for folder in self.folders:
            for path in sorted((folder / "hydra").rglob("*.yaml")):
                name = path.relative_to(folder).with_suffix("").as_posix()
                self.read(path).to_config(name, self.permissions)

    def find_duplicate(self, model: str) -> Problem | None:
        """Return the problem of a model with a file in a config folder and one beside it."""
        beside = os.path.join(self.models, model, colocated_models.FILE)  # noqa: PTH118 - as above
        if not os.path.isfile(beside):  # noqa: PTH113
            return None
        other = Path(beside)
        path = self.find_path(f"model/{model}")
        if path is None or path == other:
            return None
        files = f"{relative_path(path)} and {relative_path(other)}"
        message = f"the model '{model}' has two files: {files}"
        return Problem("duplicate-file", message, "Keep one of them.")

    def list_options(self, group: str) -> list[str]:
        """Return the names that a group offers, subfolders and packaged ones included.

        The group "" holds the primary configurations. Of the group `model`, files such as
        `_base.yaml` are left out, which are for other files to build on.
        """
        names = set()
        for folder in (*self.folders, PACKAGED):
            names |= set(_list_files(folder / group, below=bool(group)))
        if group == "model":
            names = {name for name in names if not is_shared_name(name)}
            names |= set(colocated_models.list_models(self.models))
        return sorted(names)

    def is_shared(self, model: str) -> bool:
        """Return whether an option of the group `model` is only for other files to build on."""
        path = self.find_path(f"model/{model}")
        if path is None or not self.may_read(path):
            return False
        try:
            content = read_limited(path)
        except (OSError, YamlLimitError):
            return False  # a problem that is reported when the file is composed
        if len(content) <= KEPT_BYTES:
            self._contents[str(path)] = content
        return is_shared_text(content)

    def list_models(self) -> list[str]:
        """Return the options of the group `model` that are models."""
        return [model for model in self.list_options("model") if not self.is_shared(model)]

    @property
    def has_including_model(self) -> bool:
        """Whether a model's file that was read so far includes others."""
        return any(file.is_model and file.has_defaults for file in self.files.values())

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the files as such."""
        return [problem for file in self.files.values() for problem in file.problems]


def _look_for_file(path: Path) -> bool:
    """Return whether a path is a file. Raises OSError where nobody may look; `isfile` says no."""
    try:
        return path.is_file()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise


def _list_files(folder: Path, *, below: bool) -> Iterator[str]:
    """Yield the YAML files of a folder without their ending, with `below` those of its folders too.

    Links to folders are not followed. A glob takes ten times as long.
    """
    pending = [(str(folder), "")]
    for place, above in pending:  # it grows
        try:
            entries = os.scandir(place)
        except OSError:
            continue
        with entries:
            for entry in entries:
                if entry.name.endswith(ENDING) and _is_file(entry):
                    yield above + (entry.name.removesuffix(ENDING) or entry.name)
                elif below and entry.is_dir(follow_symlinks=False):
                    pending.append((entry.path, f"{above}{entry.name}/"))


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a file, or a link to one."""
    if entry.is_file(follow_symlinks=False):
        return True
    return entry.is_symlink() and os.path.isfile(entry.path)  # noqa: PTH113 - no path is made

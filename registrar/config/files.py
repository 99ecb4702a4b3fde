"""The configuration files of a repository: found, and each read once.

One broken file does not hide the problems of another.
"""

from __future__ import annotations

from pathlib import Path

from registrar.config import colocated_models
from registrar.config.boundary import open_boundary
from registrar.config.layout import CONFIGS
from registrar.config.permissions import read_permissions
from registrar.config.shared_models import is_shared_file, is_shared_name
from registrar.config.source_file import SourceFile, relative_path
from registrar.errors import Problem

__all__ = ["PACKAGED", "ConfigFiles"]

PACKAGED = Path(__file__).parent / "defaults"


class ConfigFiles:
    """The files of one composition: the folders that are searched, and each file read so far."""

    def __init__(self, folders: tuple[Path, ...], beside: Path | None = None) -> None:
        """Search `folders`, and `beside` for models with their configuration beside them."""
        self.folders = folders
        self.models = beside or colocated_models.FOLDER.absolute()
        self.files: dict[Path, SourceFile] = {}
        self.permissions = read_permissions()
        self.boundary = open_boundary(self.permissions, (*folders, *([beside] if beside else ())))
        self._readable: dict[Path, bool] = {}
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
        known = self._readable.get(path)
        if known is None:
            # Without a look at each folder above each file, which takes long.
            folder = path.parent
            if folder not in self._readable:
                self._readable[folder] = self.boundary.check_file(folder) is None
            known = self._readable[folder] and not path.is_symlink()
            known = known or self.boundary.check_file(path) is None
            self._readable[path] = known
        return known

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
            path = folder / f"{config}.yaml"
            if path.is_file():
                return path
        if config.startswith("model/"):
            path = colocated_models.path_of(self.models, config.removeprefix("model/"))
            return path if path.is_file() else None
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
        other = colocated_models.path_of(self.models, model)
        if not other.is_file():
            return None
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
            for path in (folder / group).glob("**/*.yaml" if group else "*.yaml"):
                if path.is_file():
                    names.add(path.relative_to(folder / group).with_suffix("").as_posix())
        if group == "model":
            names = {name for name in names if not is_shared_name(name)}
            names |= set(colocated_models.list_models(self.models))
        return sorted(names)

    def is_shared(self, model: str) -> bool:
        """Return whether an option of the group `model` is only for other files to build on."""
        path = self.find_path(f"model/{model}")
        return path is not None and self.may_read(path) and is_shared_file(path)

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

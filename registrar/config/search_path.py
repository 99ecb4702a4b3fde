"""Hydra plugins: the folders it searches, and config sources that keep what they read."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from registrar.config import colocated_models
from registrar.config.files import ConfigFiles
from registrar.config.layout import GROUPS
from registrar.config.path_tests import is_file, is_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hydra.core.config_search_path import ConfigSearchPath

__all__ = ["use_files"]

_current: ContextVar[ConfigFiles | None] = ContextVar("config_files", default=None)


@contextlib.contextmanager
def use_files(files: ConfigFiles) -> Iterator[ConfigFiles]:
    """Make Hydra search the folders of `files` first, until the block ends."""
    for plugin in (FolderSource, ColocatedSource, UserFoldersFirst):
        Plugins.instance().register(plugin)
    token = _current.set(files)
    try:
        yield files
    finally:
        _current.reset(token)


class UserFoldersFirst(SearchPathPlugin):
    """Puts the user's folders before the packaged defaults."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add the folders in use; leave other Hydra applications of this process alone."""
        files = _current.get()
        if files is None:
            return
        if files.models.is_dir():
            search_path.prepend(provider="models", path=f"colocated://{files.models}")
        for folder in reversed(files.folders):
            search_path.prepend(provider="configs", path=f"configs://{folder}")


class FolderSource(ConfigSource):
    """A folder of configuration files, read through the `ConfigFiles` in use."""

    @staticmethod
    def scheme() -> str:
        """Return the scheme of `configs:///path/to/configs`."""
        return "configs"

    def load_config(self, config_path: str) -> ConfigResult:
        """Return the file's content; nothing for a file with problems, which `ConfigFiles` keeps."""
        files = _current.get() or ConfigFiles(())
        file = files.read(self._path(self._normalize_file_name(config_path)))
        result = file.to_config(config_path, files.permissions)
        header: dict[str, str | None] = {"package": None}
        if result is None:
            return ConfigResult(self.provider, self.full_path(), OmegaConf.create(), header)
        result.provider = self.provider
        result.path = self.full_path()
        return result

    def available(self) -> bool:
        """Return whether the folder exists."""
        return Path(self.path).is_dir()

    def is_group(self, config_path: str) -> bool:
        """Return whether `config_path` is a group. Known groups always are: errors get clearer."""
        return config_path in GROUPS or is_folder(self._path(config_path))

    def is_config(self, config_path: str) -> bool:
        """Return whether `config_path` names a file in this folder."""
        return is_file(self._path(self._normalize_file_name(config_path)))

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Return the names of the configs or groups below `config_path`, sorted."""
        folder = self._path(config_path)
        names: list[str] = []
        for path in sorted(folder.iterdir() if folder.is_dir() else ()):
            below = (PurePosixPath(config_path) / path.name).as_posix()
            self._list_add_result(names, below, path.name, results_filter)
        return sorted(set(names))

    def _path(self, config_path: str) -> Path:
        return Path(self.path) / config_path


class ColocatedSource(FolderSource):
    """Models that have their configuration beside them, as options of the group `model`."""

    @staticmethod
    def scheme() -> str:
        """Return the scheme of `colocated:///path/to/models`."""
        return "colocated"

    def is_group(self, config_path: str) -> bool:
        """Return whether `config_path` is a folder that has no configuration itself."""
        inside = self._inside(config_path)
        folder = Path(self.path) / inside if inside is not None else None
        return folder is not None and is_folder(folder) and not self.is_config(config_path)

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Return the names of the models, or of folders of models, directly below `config_path`."""
        inside = self._inside(config_path)
        if inside is None:
            return []
        start = f"{inside}/" if inside else ""
        below = {
            name.removeprefix(start)
            for name in colocated_models.list_models(Path(self.path))
            if name.startswith(start)
        }
        models = {name for name in below if "/" not in name}
        groups = {name.partition("/")[0] for name in below - models}
        match results_filter:
            case ObjectType.CONFIG:
                return sorted(models)
            case ObjectType.GROUP:
                return sorted(groups)
            case _:
                return sorted(models | groups)

    def _path(self, config_path: str) -> Path:
        inside = self._inside(config_path.removesuffix(".yaml"))
        return (
            colocated_models.path_of(Path(self.path), inside) if inside else Path(self.path, "none")
        )

    @staticmethod
    def _inside(config_path: str) -> str | None:
        """Return `vision/resnet` for `model/vision/resnet`; None for another group."""
        group, _, inside = config_path.partition("/")
        return inside if group == "model" else None

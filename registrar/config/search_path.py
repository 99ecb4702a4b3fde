"""What registrar adds to Hydra: where configurations are searched, and sources that keep what they read."""

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

from registrar.config import colocated
from registrar.config.files import GROUPS, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hydra.core.config_search_path import ConfigSearchPath

__all__ = ["reading"]

_current: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextlib.contextmanager
def reading(current: Reading) -> Iterator[Reading]:
    """Hydra searches the folders of `current` first, until the block ends."""
    for plugin in (ConfigsSource, BesideSource, Folders):
        Plugins.instance().register(plugin)
    token = _current.set(current)
    try:
        yield current
    finally:
        _current.reset(token)


class Folders(SearchPathPlugin):
    """Puts the user's folders before the packaged defaults."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Other Hydra applications of the same process are left alone."""
        current = _current.get()
        if current is None:
            return
        if current.models.is_dir():
            search_path.prepend(provider="models", path=f"beside://{current.models}")
        for folder in reversed(current.folders):
            search_path.prepend(provider="configs", path=f"configs://{folder}")


class ConfigsSource(ConfigSource):
    """A folder of configuration files, read through the current `Reading`."""

    @staticmethod
    def scheme() -> str:
        """`configs:///path/to/configs`."""
        return "configs"

    def load_config(self, config_path: str) -> ConfigResult:
        """The file's content; nothing at all for a file with problems, which are kept."""
        current = _current.get() or Reading(())
        result = current.file(self._path(self._normalize_file_name(config_path))).config()
        header: dict[str, str | None] = {"package": None}
        if result is None:
            return ConfigResult(self.provider, self.full_path(), OmegaConf.create(), header)
        result.provider = self.provider
        result.path = self.full_path()
        return result

    def available(self) -> bool:
        """Whether the folder is there."""
        return Path(self.path).is_dir()

    def is_group(self, config_path: str) -> bool:
        """Hydra's own groups exist even where the folder has none: their errors are clearer."""
        return config_path in GROUPS or self._path(config_path).is_dir()

    def is_config(self, config_path: str) -> bool:
        """Whether `config_path` names a file here."""
        return self._path(self._normalize_file_name(config_path)).is_file()

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Names of the configs or groups below `config_path`, sorted."""
        folder = self._path(config_path)
        found: list[str] = []
        for path in sorted(folder.iterdir() if folder.is_dir() else ()):
            name = path.name
            below = (PurePosixPath(config_path) / name).as_posix()
            self._list_add_result(found, below, name, results_filter)
        return sorted(set(found))

    def _path(self, config_path: str) -> Path:
        return Path(self.path) / config_path


class BesideSource(ConfigsSource):
    """Models that have their configuration beside them, as options of the group `model`."""

    @staticmethod
    def scheme() -> str:
        """`beside:///path/to/models`."""
        return "beside"

    def is_group(self, config_path: str) -> bool:
        """Folders without a configuration of their own are groups."""
        inside = self._inside(config_path)
        folder = Path(self.path) / inside if inside is not None else None
        return folder is not None and folder.is_dir() and not self.is_config(config_path)

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Names of the models, or of folders of models, directly below `config_path`."""
        inside = self._inside(config_path)
        if inside is None:
            return []
        start = f"{inside}/" if inside else ""
        found = {
            name.removeprefix(start)
            for name in colocated.options(Path(self.path))
            if name.startswith(start)
        }
        own = {name for name in found if "/" not in name}
        groups = {name.partition("/")[0] for name in found - own}
        match results_filter:
            case ObjectType.CONFIG:
                return sorted(own)
            case ObjectType.GROUP:
                return sorted(groups)
            case _:
                return sorted(own | groups)

    def _path(self, config_path: str) -> Path:
        inside = self._inside(config_path.removesuffix(".yaml"))
        return colocated.file_of(Path(self.path), inside) if inside else Path(self.path, "none")

    @staticmethod
    def _inside(config_path: str) -> str | None:
        """`model/vision/resnet` -> `vision/resnet`; None for another group."""
        group, _, inside = config_path.partition("/")
        return inside if group == "model" else None

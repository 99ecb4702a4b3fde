"""Models with their configuration beside them: `models/NAME/registrar.yaml`."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from registrar.content.junk import CONFIGURATION as FILE
from registrar.uris import scheme_of

__all__ = ["FILE", "FOLDER", "list_models", "path_of", "relocate", "relocate_config"]

FOLDER = Path("models")


def list_models(folder: Path) -> list[str]:
    """Return the names of the models below `folder` that have a configuration beside them."""
    return sorted(
        path.parent.relative_to(folder).as_posix()
        for path in folder.rglob(FILE)
        if path.parent != folder and path.is_file()
    )


def path_of(folder: Path, name: str) -> Path:
    """Return where the configuration of a model is, if it has one."""
    return folder / name / FILE


def relocate(model: dict[str, Any], folder: str) -> dict[str, Any]:
    """Return the model with its relative paths joined to `folder`, in which they were written."""
    relocated = {
        key: _join(folder, value) if key == "uri" else value for key, value in model.items()
    }
    if isinstance(relocated.get("versions"), list):
        relocated["versions"] = [
            relocate(entry, folder) if isinstance(entry, dict) else entry
            for entry in relocated["versions"]
        ]
    return relocated


def relocate_config(config: DictConfig, folder: str) -> None:
    """Make the relative paths of a model's composed file count from its own folder."""
    raw = OmegaConf.to_container(config, resolve=False)
    assert isinstance(raw, dict)
    relocated = relocate({str(key): value for key, value in raw.items()}, folder)
    for key in ("uri", "versions"):
        if relocated.get(key) != raw.get(key):
            config[key] = relocated[key]


def _join(folder: str, uri: Any) -> Any:
    # An interpolation says for itself where it counts from.
    if not isinstance(uri, str) or scheme_of(uri) or uri.startswith(("/", "${")) or not uri:
        return uri
    return posixpath.normpath(posixpath.join(folder, uri))

"""Models with their configuration beside them: `models/NAME/registrar.yaml`."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from registrar.content.directory import CONFIGURATION as FILE
from registrar.uris import scheme_of

__all__ = ["FILE", "FOLDER", "file_of", "options", "relocated"]

FOLDER = Path("models")


def options(folder: Path) -> list[str]:
    """The names of the models below `folder` that have a configuration beside them."""
    return sorted(
        path.parent.relative_to(folder).as_posix()
        for path in folder.rglob(FILE)
        if path.parent != folder and path.is_file()
    )


def file_of(folder: Path, name: str) -> Path:
    """Where the configuration of that model is, if it has one."""
    return folder / name / FILE


def relocated(model: dict[str, Any], folder: str) -> dict[str, Any]:
    """The model, its relative paths counted from `folder` and written as seen from here."""
    moved = {key: _moved(value, folder) if key == "uri" else value for key, value in model.items()}
    if isinstance(moved.get("versions"), list):
        moved["versions"] = [
            relocated(entry, folder) if isinstance(entry, dict) else entry
            for entry in moved["versions"]
        ]
    return moved


def _moved(uri: Any, folder: str) -> Any:
    # An interpolation says for itself where it counts from.
    if not isinstance(uri, str) or scheme_of(uri) or uri.startswith(("/", "${")) or not uri:
        return uri
    return posixpath.normpath(posixpath.join(folder, uri))

"""How a folder of configurations is laid out: `model/NAME.yaml`, `server/NAME.yaml` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.errors import Problem
from registrar.text import quote

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CONFIGS", "FOLDER_HINT", "GROUPS", "NO_MODEL_FOLDER", "OWN_FOLDER", "check_layout"]

CONFIGS = "configs"
NO_MODEL_FOLDER = "no-model-folder"  # the code of a folder that lacks nothing but models
GROUPS = {"model", "server", "executor", "policy"}
FOLDER_HINT = "Name the folder that holds model/NAME.yaml."
# What to do where `configs` belongs to another app, which is not to change.
OWN_FOLDER = (
    "Keep registrar's files in a folder of their own, and name it with --config-dir, or as "
    "config-dir below [tool.registrar] in pyproject.toml."
)


def check_layout(folder: Path, key: str) -> Problem | None:
    """Return the problem of a folder without a group of registrar's; `key` names the folder.

    Models may have their configurations beside them, so another group than `model` is enough.
    """
    if any((folder / group).is_dir() for group in GROUPS):
        return None
    message = f"{key}: {quote(folder.name)} has no folder model/"
    return Problem(NO_MODEL_FOLDER, message, FOLDER_HINT)

"""Files of the group `model` that other files build on, and that are no models themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from registrar.content.yaml_limits import YamlLimitError, read_limited

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_shared_file", "is_shared_name"]

MISSING_NAME = re.compile(
    rb"""^(["']?)name\1[ ]*:[ ]*(["']?)\?\?\?\2[ ]*(?:#.*)?\r?$""", re.MULTILINE
)


def is_shared_name(option: str) -> bool:
    """Return whether an option of the group is a shared file by its name, such as `_base`."""
    return any(part.startswith("_") for part in option.split("/"))


def is_shared_file(path: Path) -> bool:
    """Return whether a file has `name: ???`, which those that build on it fill in."""
    try:
        return MISSING_NAME.search(read_limited(path)) is not None
    except (OSError, YamlLimitError):
        return False  # a problem that is reported when the file is composed

"""The name of the file that declares a registered model: one that Hydra, shells and disks take."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

from registrar.config.source_file import relative_path
from registrar.errors import Problem
from registrar.text import has_surrogate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["explain_odd_name", "file_name", "file_names"]

# A name that starts with '-' is an option to every command that is given the file. A file whose
# name starts with '_' is a part of others, as people name them.
OPTION = re.compile(r"(?![._-])[\w.-]*[A-Za-z_-][\w.-]*", re.ASCII)
# Hydra reads these as values or as keywords, and Windows as devices, not as names.
VALUES = re.compile(
    r"(?i)null|true|false|nan|inf|.*\.ya?ml|[+-]?[0-9_.]+(e[+-]?[0-9_]+)?|_[a-z]+_"
    r"|(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?"
)
MAX_FILE_NAME = 200  # characters; file systems take 255 bytes
SHORT_MARK = 8  # hexadecimal digits
LONG_MARK = 64


def file_names(names: Iterable[str], taken: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the option of the group `model` for each registered model.

    No two differ in case alone: not every disk tells them apart. `taken` has the options of files
    that exist, in lower case, each with the model that the file declares.
    """
    options = {name: file_name(name) for name in names}
    for mark, only_repeated in ((SHORT_MARK, True), (LONG_MARK, False)):
        counts = Counter(option.lower() for option in options.values())
        repeated = {
            name
            for name, option in options.items()
            if counts[option.lower()] > 1 or (taken or {}).get(option.lower(), name) != name
        }
        if repeated:
            marked = repeated if only_repeated else options
            options |= {name: _marked_name(name, mark) for name in marked}
    return options


def file_name(name: str) -> str:
    """Return the option of the group `model` for a registered model: its name, if Hydra takes it."""
    if OPTION.fullmatch(name) and not VALUES.fullmatch(name) and len(name) < MAX_FILE_NAME:
        return name
    return _marked_name(name, SHORT_MARK)


def _marked_name(name: str, length: int) -> str:
    """Return the readable part of a name with a mark that no other name has."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60]
    mark = hashlib.sha256(name.encode()).hexdigest()[:length]
    return f"{readable}-{mark}" if readable else f"model-{mark}"


def explain_odd_name(path: Path) -> Problem | None:
    """Return the problem of a name that is not in UTF-8, which no plan can tell; None for others."""
    name = relative_path(path)
    if not has_surrogate(name):
        return None
    message, hint = "has a name that is not in UTF-8", "Rename it."
    return Problem("unsuitable-file", message, hint).at(file=name)

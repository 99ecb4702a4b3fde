"""Where the pages of each model are: a folder with a name that every file system and server takes."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["folder_of", "name_folder", "page_of"]

PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
OTHER = re.compile(r"[^a-z0-9_-]+")
# Names that Windows keeps for devices.
DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
LONGEST = 40


def page_of(name: str, mask: Callable[[str], str]) -> str:
    """Return the first page of a model, seen from the list of models."""
    return f"{folder_of(name, mask)}/index.html"


def folder_of(name: str, mask: Callable[[str], str]) -> str:
    """Return the folder of a model's pages. Different names have different folders.

    `mask` takes secrets out of the name.

    >>> folder_of("mnist", str)
    'models/mnist'
    """
    return f"models/{name_folder(name, mask)}"


def name_folder(name: str, mask: Callable[[str], str]) -> str:
    """Return what the folder of a model's pages is called: the name of most models."""
    shown = mask(name)
    if (
        shown == name
        and PLAIN.fullmatch(name)
        and not DEVICES.fullmatch(name)
        and not _looks_hashed(name)
    ):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    words = OTHER.sub("-", shown.lower())[:LONGEST].strip("-")
    return f"{words or 'model'}--{digest}"


def _looks_hashed(name: str) -> bool:
    """Return whether another name could have this folder."""
    return "--" in name

"""Where the page of each model is: a folder with a name that every file system and server takes."""

from __future__ import annotations

import hashlib
import re

__all__ = ["folder_of"]

PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
OTHER = re.compile(r"[^a-z0-9_-]+")
# Names that Windows keeps for devices.
DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
LONGEST = 40


def folder_of(name: str) -> str:
    """Return the folder of a model's page. Different names have different folders.

    >>> folder_of("mnist")
    'mnist'
    """
    if PLAIN.fullmatch(name) and not DEVICES.fullmatch(name) and not _looks_hashed(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    words = OTHER.sub("-", name.lower())[:LONGEST].strip("-")
    return f"{words or 'model'}--{digest}"


def _looks_hashed(name: str) -> bool:
    """Return whether another name could have this folder."""
    return "--" in name

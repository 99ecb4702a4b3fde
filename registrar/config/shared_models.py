"""Files of the group `model` that other files build on, and that are no models themselves."""

from __future__ import annotations

import re

__all__ = ["is_shared_name", "is_shared_text"]

MISSING_NAME = re.compile(
    rb"""^(["']?)name\1[ ]*:[ ]*(["']?)\?\?\?\2[ ]*(?:#.*)?\r?$""", re.MULTILINE
)


def is_shared_name(option: str) -> bool:
    """Return whether an option of the group is a shared file by its name, such as `_base`."""
    return any(part.startswith("_") for part in option.split("/"))


def is_shared_text(content: bytes) -> bool:
    """Return whether a file has `name: ???`, which those that build on it fill in."""
    return b"???" in content and MISSING_NAME.search(content) is not None

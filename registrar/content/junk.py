"""Files that tools leave in a model's directory, and that are no part of its content."""

from __future__ import annotations

__all__ = ["CONFIGURATION", "is_junk", "is_junk_file", "is_junk_folder"]

CONFIGURATION = "registrar.yaml"  # at the root: the model's own configuration
# docs/configuration.md lists these, and a test compares the digest with its line for coreutils.
JUNK_FOLDERS = frozenset({"__pycache__", ".ipynb_checkpoints"})
JUNK_FILES = frozenset({".DS_Store", "Thumbs.db"})
JUNK_PREFIX = "._"  # macOS writes such a file beside each one on a foreign disk


def is_junk(path: str) -> bool:
    """Return whether the file at `path`, relative to the model with `/`, is no content."""
    *folders, name = path.split("/")
    return path == CONFIGURATION or is_junk_file(name) or any(map(is_junk_folder, folders))


def is_junk_file(name: str) -> bool:
    """Return whether files of that name are no content, whatever folder they are in."""
    return name in JUNK_FILES or name.startswith(JUNK_PREFIX)


def is_junk_folder(name: str) -> bool:
    """Return whether nothing below a folder of that name is content."""
    return name in JUNK_FOLDERS

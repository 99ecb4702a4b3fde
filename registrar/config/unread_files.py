"""Files that look like configurations, and that nothing reads: what they say would not hold.

Hydra reads files that end in `.yaml`, and takes all others for absent. Limits and rules in a
`config.yml` would judge nothing, and a model in one would count as not declared.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.config.path_tests import is_file
from registrar.config.source_file import relative_path
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["find_unread_models", "find_unread_primary"]

ENDING, OTHER_ENDING = ".yaml", ".yml"


def find_unread_primary(folders: Sequence[Path], name: str) -> Iterator[Problem]:
    """Yield the problem of each primary configuration of that name which is not read."""
    for folder in folders:
        path = folder / f"{name.removesuffix(ENDING)}{ENDING}"
        if os.path.lexists(path):
            if not path.is_file():
                yield _explain_no_file(path)
        elif is_file(path.with_suffix(OTHER_ENDING)):
            yield _explain_ending(path.with_suffix(OTHER_ENDING))


def find_unread_models(folders: Sequence[Path]) -> Iterator[Problem]:
    """Yield the problem of each file of a model which is not read."""
    for folder in folders:
        for entry in _walk(folder / "model"):
            if entry.name.endswith(ENDING):
                if not entry.is_file():
                    yield _explain_no_file(Path(entry.path))
            elif entry.name.endswith(OTHER_ENDING) and entry.is_file():
                path = Path(entry.path)
                if not path.with_suffix(ENDING).is_file():
                    yield _explain_ending(path)


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what is below a folder but folders. As Hydra, follow no link to a folder."""
    pending = [str(folder)]
    for place in pending:  # it grows
        try:
            entries = os.scandir(place)
        except OSError:
            continue
        with entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif not entry.is_dir():
                    yield entry


def _explain_no_file(path: Path) -> Problem:
    message = "is no file, or a link to nothing, so nothing reads it"
    return Problem("unread-file", message, "Repair or remove it.").at(file=relative_path(path))


def _explain_ending(path: Path) -> Problem:
    message = f"ends in {OTHER_ENDING}, so nothing reads it"
    hint = f"Rename it to {path.stem}{ENDING}."
    return Problem("unread-file", message, hint).at(file=relative_path(path))

"""Write a whole folder of files, so that a reader never sees half of it.

The files go to a new folder beside the old one, which is then swapped in.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.errors import ConfigError, Problem, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MARK", "check_folder", "write_folder"]

MARK = ".registrar-catalogue"  # a file that says who has written a folder
MARK_TEXT = "Written by 'registrar catalogue', which replaces this folder as a whole.\n"


def check_folder(folder: Path, *, force: bool) -> None:
    """Raise ConfigError for a folder that may not be replaced.

    `force` lets a folder be replaced that no catalogue is in.
    """
    if folder.is_symlink():
        message = f"{folder} is a link, which catalogue does not follow"
        raise ConfigError(Problem("occupied-folder", message, "Name the folder itself."))
    whole = folder.resolve()
    if Path.cwd().is_relative_to(whole):
        message = f"{folder} is the current folder or is above it, and would be replaced as a whole"
        hint = "Name a folder for the site: dir=site."
        raise ConfigError(Problem("occupied-folder", message, hint))
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is a file"
        raise ConfigError(Problem("occupied-folder", message, "Name a folder: dir=site."))
    try:
        is_other = folder.exists() and not (folder / MARK).exists() and any(folder.iterdir())
    except OSError as error:
        raise _explain_unwritable(folder, error) from None
    if is_other and not force:
        message = f"{folder} holds other files than a catalogue"
        hint = "Name another folder, or replace all that is in it with force=true."
        raise ConfigError(Problem("occupied-folder", message, hint))


def write_folder(folder: Path, files: Iterable[tuple[str, str]]) -> int:
    """Write the files, each with its path below the folder, and return how many there are.

    What was in the folder before is gone then. Raises RefusedError where that cannot be done; the
    folder is as it was. What making the files raises leaves it as it was, too.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise _explain_unwritable(folder, error) from None
    new, old = beside / "new", beside / "old"
    try:
        new.mkdir()
        (new / MARK).write_text(MARK_TEXT, encoding="utf-8")
        count = 0
        for path, text in files:
            file = new / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode("utf-8", "backslashreplace"))
            count += 1
        _swap(new, folder, old)
    except OSError as error:
        raise _explain_unwritable(folder, error, old if _is_moved(folder, old) else None) from None
    finally:
        if not _is_moved(folder, old):
            shutil.rmtree(beside, ignore_errors=True)
    return count


def _swap(new: Path, folder: Path, old: Path) -> None:
    """Put a folder in the place of another one; where that fails, the other one goes back."""
    try:
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except BaseException:  # a Ctrl-C between the two, too
        if _is_moved(folder, old):
            with contextlib.suppress(OSError):
                old.rename(folder)
        raise


def _is_moved(folder: Path, old: Path) -> bool:
    """Return whether what was in a folder is at `old` alone."""
    return old.exists() and not folder.exists()


def _explain_unwritable(folder: Path, error: OSError, kept: Path | None = None) -> RefusedError:
    """Return the refusal; `kept` is where the content of the folder is, where it is not at its place."""
    message = f"{folder} cannot be written: {error.strerror}"
    state = "as it was" if kept is None else f"in {kept}"
    return RefusedError(
        Problem("unwritable-file", message, f"Check the folder. What was in it is {state}.")
    )

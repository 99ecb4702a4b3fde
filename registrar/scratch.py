"""Temporary folders of this machine, and its full disks."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "check_space",
    "explain_full_disk",
    "find_temporary_folder",
    "full_disk_told",
    "is_disk_full",
    "scratch_folder",
]

# EFBIG: the process, or the file system, takes no larger file.
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Bytes below which a disk counts as full: less than a block for each part of a file that is fetched
# at the same time.
FULL = 2**16


def is_disk_full(error: BaseException) -> bool:
    """Return whether a write failed because the disk, or a quota of it, is full."""
    return isinstance(error, OSError) and error.errno in DISK_FULL


def full_disk_error(error: OSError, where: str) -> ConfigError:
    """Return the error of a write that failed; another run may find more space."""
    full = ConfigError(explain_full_disk(error, where))
    full.is_final = False
    return full


def explain_full_disk(error: OSError, where: str) -> Problem:
    """Return the problem of a write that failed; `where` says what was written."""
    message = f"{where} cannot be written: {error.strerror}"
    return Problem("disk-full", message, "Free some space, then run it again.")


def find_temporary_folder() -> Path:
    """Return the system's folder for temporary files. Raises ConfigError where there is none."""
    import tempfile  # late: most commands need no temporary file

    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        message = "there is no folder that temporary files can be written to"
        hint = "Free some space, or name one in TMPDIR."
        raise ConfigError(Problem("no-temporary-folder", message, hint)) from None


@contextlib.contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """Make a temporary folder, and remove it at the end. Raises ConfigError if it cannot be made."""
    import tempfile

    parent = parent or find_temporary_folder()
    try:
        scratch = tempfile.TemporaryDirectory(prefix="registrar-", dir=parent)
    except OSError as error:
        if is_disk_full(error):
            raise full_disk_error(error, str(parent)) from None
        message = f"no temporary folder can be made in {parent}: {error.strerror}"
        hint = "Name a folder in TMPDIR that can be written to."
        raise ConfigError(Problem("no-temporary-folder", message, hint)) from None
    with scratch as name:
        yield Path(name)


@contextlib.contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """Raise ConfigError where the block fails to write into `folder` because the disk is full.

    The clients of artifact stores make other errors of it, so the free space tells. Their words do
    not: the server's own disk may be full.
    """
    try:
        yield
    except Exception as error:
        if is_disk_full(error) or _free_bytes(folder) < FULL:
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise full_disk_error(full, f"the temporary file in {folder}") from error
        raise


def check_space(folder: Path, wanted: int) -> None:
    """Raise ConfigError where a folder's disk has no room for `wanted` bytes, before it is filled.

    A file system that does not tell its size passes.
    """
    free = _free_bytes(folder)
    if wanted > free and os.statvfs(folder).f_blocks:
        message = f"{wanted:,} bytes do not fit into {folder}, which has {free:,} bytes free"
        hint = "Free some space, or name a folder on another disk in TMPDIR."
        full = ConfigError(Problem("disk-full", message, hint))
        full.is_final = False
        raise full


def _free_bytes(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize

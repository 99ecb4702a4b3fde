"""Which files a branch touches, by git: `models=changed since=origin/main`."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from registrar.errors import ConfigError, Problem
from registrar.text import quote

__all__ = ["ChangedFiles", "find_changed_files"]

TIMEOUT = 60  # seconds for one call of git
FETCH = "Fetch it first; in GitHub Actions: actions/checkout with fetch-depth: 0."


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """Files that differ, and the folders above them, as absolute paths.

    A submodule, or a folder with a repository inside, counts as one file.
    """

    files: frozenset[Path]
    folders: frozenset[Path]

    def includes(self, place: Path) -> bool:
        """Return whether a file, anything in a folder, or the target of a link has changed.

        The content of a folder that DVC keeps is named by the file FOLDER.dvc beside it.
        """
        absolute = os.path.abspath(place)  # noqa: PTH100 - without `..`, and links stay
        spellings = map(Path, {absolute, os.path.realpath(absolute), f"{absolute}.dvc"})
        return any(
            path in self.folders or not self.files.isdisjoint((path, *path.parents))
            for path in spellings
        )


def find_changed_files(since: str) -> ChangedFiles:
    """Return the files that differ from where this branch left `since`.

    They are those of the branch's commits, and those that nobody has committed yet. Raises
    ConfigError where git cannot tell.
    """
    root = Path(_git("rev-parse", "--show-toplevel").removesuffix("\n"))
    commit = _resolve(since)
    base = _merge_base(commit, since)
    changed = _git("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", base, "--")
    new = _git("-C", str(root), "ls-files", "--others", "--exclude-standard", "-z")
    files = frozenset(root / name for name in f"{changed}{new}".split("\0") if name)
    return ChangedFiles(files, frozenset(folder for file in files for folder in file.parents))


def _resolve(since: str) -> str:
    try:
        return _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}")
    except ConfigError as error:
        if error.problems[0].code == "no-git":
            raise
        message = f"git knows no commit {quote(since)}"
        raise ConfigError(Problem("unknown-commit", message, FETCH)) from None


def _merge_base(commit: str, since: str) -> str:
    try:
        return _git("merge-base", "--", commit.strip(), "HEAD").strip()
    except ConfigError as error:
        if error.problems[0].code == "no-git":
            raise
        message = f"git finds no common commit of {quote(since)} and this checkout"
        raise ConfigError(Problem("unknown-commit", message, FETCH)) from None


def _git(*arguments: str) -> str:
    """Return what git prints. Raises ConfigError where it fails."""
    hint = "models=changed needs git and a git repository."
    # No file of the repository says what git runs: no hook, no pager, no file system monitor.
    settings = ("-c", "core.fsmonitor=false", "-c", "diff.relative=false", "--no-pager")
    try:
        done = subprocess.run(
            ["git", *settings, *arguments],  # noqa: S607 - found by PATH, as in a shell
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["it failed"]
        message = f"git cannot tell what changed: {lines[-1].removeprefix('fatal: ')}"
        raise ConfigError(Problem("git-failed", message, hint)) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = error.strerror if isinstance(error, OSError) else "it takes too long"
        message = f"git cannot be run: {reason}"
        raise ConfigError(Problem("no-git", message, hint)) from None
    return done.stdout.decode(errors="surrogateescape")

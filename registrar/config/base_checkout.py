"""`policy.dir`: another checkout of the repository, whose limits hold as well.

A pull request may change every file of its own checkout. So a CI job names a checkout of the branch
that the pull request goes to, which was reviewed. It is composed from the same command line, but for
what chooses models and servers.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.config.colocated_models import FOLDER, list_models
from registrar.config.folders import find_own_folder
from registrar.config.layout import CONFIGS
from registrar.config.path_tests import is_folder
from registrar.config.schema import known_fields
from registrar.errors import ConfigError, Problem
from registrar.text import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.arguments import Arguments
    from registrar.config.job import Job
    from registrar.config.override import Override

__all__ = ["JUDGING_FIELDS", "base_arguments"]

PATH = ("policy", "dir")
JUDGING_FIELDS = ("limits", "policy")  # the fields that another checkout decides, too
HINT = "Name the same folder in another checkout, such as that of the main branch."


def base_arguments(job: Job, arguments: Arguments) -> Arguments:
    """Return the command line that composes the checkout which `policy.dir` of a job names.

    Its folders are those of that checkout, whatever this one says about them. Raises ConfigError for
    a folder that is no such checkout.
    """
    checkout = Path(job.config["policy"]["dir"])
    problem = None
    folders: tuple[Path, ...] = ()
    beside = (checkout / FOLDER).absolute()
    if not is_folder(checkout):
        problem = Problem("folder-not-found", f"no folder {quote(str(checkout))}", HINT)
    elif arguments.named_folders:
        folders, problem = _find_named(checkout, arguments.named_folders)
    else:
        folder, problem = find_own_folder(checkout.absolute())
        folders = (folder,) if folder else ()
        if folder is None and problem is None and not list_models(beside):
            message = f"{quote(str(checkout))} has no folder {CONFIGS}/"
            problem = Problem("folder-not-found", message, HINT)
    if problem is not None:
        raise ConfigError(job.locate(PATH, problem))
    overrides = tuple(filter(_judges, arguments.overrides))
    return replace(
        arguments,
        folders=folders,
        flags=arguments.naming_flags,
        overrides=overrides,
        named_folders=(),
        beside=beside,
    )


def _find_named(
    checkout: Path, named: Sequence[tuple[str, str]]
) -> tuple[tuple[Path, ...], Problem | None]:
    """Return the folders of the other checkout that the flags name in this one."""
    folders: list[Path] = []
    for flag, name in named:
        inside = os.path.relpath(name)
        if Path(inside).parts[:1] == (os.pardir,):
            message = (
                f"{flag} names a folder outside this one, which the other checkout does not have"
            )
            return (), Problem(
                "folder-not-found", message, f"Name a folder in this one with {flag}."
            )
        folder = (checkout / inside).absolute()
        if not is_folder(folder):
            message = f"{quote(str(checkout))} has no folder {quote(inside)}"
            return (), Problem("folder-not-found", message, HINT)
        folders.append(folder)
    return tuple(dict.fromkeys(folders)), None


def _judges(override: Override) -> bool:
    """Return whether an override is about limits and rules, or chooses from a group of the user's."""
    first = override.parts[0] if override.parts else ""
    if override.parts == PATH or override.is_of_hydra:
        return False
    return first in JUDGING_FIELDS or first not in known_fields(())

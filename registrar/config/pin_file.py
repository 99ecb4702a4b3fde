"""The file of a model that `pin` edits: whether it may, and one field at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from registrar.config.origin import Origin
from registrar.config.yaml_edit import UneditableError, read_field, set_field
from registrar.errors import ConfigError, Problem

if TYPE_CHECKING:
    from registrar.config.job import Job
    from registrar.text import KeyPath

__all__ = ["check_file", "pin_field"]

HINT = "Edit the file by hand."


def check_file(job: Job) -> Problem | None:
    """Return why the file of a model may not be written, None if it may.

    It has to be a file of its own in the repository, and no link leads to it.
    """
    if job.file is None:
        message = f"the model '{job.name}' has no file of its own that could be pinned"
        return Problem("cannot-edit", message, "Declare it in configs/model/NAME.yaml.")
    path = Path(job.file)
    boundary = job.source.boundary
    problem = None if boundary is None else boundary.check_file(path)
    if problem is None:
        link = next((part for part in (path, *path.parents) if part.is_symlink()), None)
        if link is None or (path.is_absolute() and link != path):
            return None
        message = f"{link} is a link, which pin does not follow"
        problem = Problem("linked-file", message, "Pin the file that it leads to.")
    return problem.at(file=job.file, line=1, column=1)


def pin_field(job: Job, text: str, path: KeyPath, before: str | None, value: str) -> str:
    """Return the text of a model's file with the field at `path` set to `value`.

    `before` is the value that the composed configuration has. Raises ConfigError, with its place,
    where the file alone does not decide the value, or cannot be edited in place.
    """
    try:
        uri_path = (*path[:-1], "uri")
        _check_origin(job, uri_path)
        if before is not None:
            _check_origin(job, path)
        inside = path if read_field(text, uri_path) is not None else ("model", *path)
        if before is not None and read_field(text, inside) != before:
            raise UneditableError("its value is an interpolation")
        return set_field(text, inside, value, after="uri")
    except UneditableError as error:
        message = f"pin cannot write '{path[-1]}' here: {error}"
        problem = job.locate(("model", *uri_path), Problem("cannot-edit", message, HINT))
        if problem.place.file != job.file:
            problem = problem.at(file=job.file, line=1, column=1)
        raise ConfigError(problem) from None


def _check_origin(job: Job, path: KeyPath) -> None:
    """Raise UneditableError where the value at `path` does not come from the model's own file."""
    if isinstance(job.source, Origin) and job.source.misread is not None:
        return  # the model is what its file says, without Hydra
    place = job.find_place(("model", *path))
    if place.override is not None:
        raise UneditableError(f"the override {place.override} gives its value")
    if place.file != job.file:
        raise UneditableError(f"{place.file or 'another file'} gives its value")

"""`models=changed`: the models that a branch touches."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.config import colocated
from registrar.config.changed_files import find_changed_files
from registrar.config.files import relative_path
from registrar.config.many_models import explain_no_models
from registrar.config.origin import Origin
from registrar.config.spec import list_server_options, list_uris
from registrar.errors import ConfigError
from registrar.note import Note
from registrar.uris import DirectoryUri, parse_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from registrar.config.changed_files import ChangedFiles
    from registrar.config.job import Job

__all__ = ["choose_changed"]


def choose_changed(compose: Callable[[], Sequence[Job]], base: Job, origin: Origin) -> list[Job]:
    """Return the jobs of the models that the branch touches, else the job without a model.

    `compose` returns the jobs of all models; where the branch changes no file, it is not called.
    `origin` is that of everything but the model. Raises ConfigError.
    """
    since = base.config["since"]
    changed = find_changed_files(since)
    jobs = compose() if changed.files else ()
    chosen = [job for job in jobs if any(map(changed.touch, _places_of(job, origin)))]
    deleted = _list_deleted(changed, origin.config_files.folders)
    if not deleted and not base.known_models:
        raise ConfigError(base.locate(("models",), explain_no_models()))
    notes = [Note("deleted-model-file", relative_path(path)) for path in deleted]
    if not chosen and not notes:
        notes = [Note("no-changed-models", values={"since": since})]
    first, *others = chosen or [base]
    return [replace(first, notes=tuple(notes)), *others]


def _list_deleted(changed: ChangedFiles, folders: Sequence[Path]) -> list[Path]:
    """Return the files of models that the branch has deleted."""
    groups = [Path(os.path.realpath(folder / "model")) for folder in folders]
    beside = Path(os.path.realpath(colocated.FOLDER))
    return sorted(
        path
        for path in changed.files
        if (
            (path.suffix == ".yaml" and any(map(path.is_relative_to, groups)))
            or (path.name == colocated.FILE and path.is_relative_to(beside))
        )
        and not os.path.lexists(path)
    )


def _places_of(job: Job, base: Origin) -> Iterator[Path]:
    """Yield the files that a job is composed from, and the folders of its models.

    `base` is the origin of everything but the model.
    """
    assert isinstance(job.source, Origin)
    if job.file is not None:
        path = Path(job.file)
        yield path.parent if path.name == colocated.FILE else path
    is_plain = job.source.misread is not None  # it has no files besides its own
    for file, _ in base.files if is_plain else job.source.files:
        yield file.path
    for _, uri, _ in list_uris(job.config):
        source = parse_source(uri)
        if isinstance(source, DirectoryUri):
            yield Path(source.path)
    for _, option in list_server_options(job.config):
        server = base.config_files.find_path(f"server/{option}")
        if server is not None:
            yield server

"""`models=changed`: the models that a branch touches."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from registrar.config import colocated_models
from registrar.config.changed_files import find_changed_files
from registrar.config.environment import guard_environment
from registrar.config.inclusions import list_included, list_written_uris
from registrar.config.many_models import explain_no_models
from registrar.config.origin import Origin
from registrar.config.source_file import relative_path
from registrar.config.spec import list_server_options, list_uris
from registrar.errors import ConfigError
from registrar.note import Note
from registrar.uris import DirectoryUri, parse_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from registrar.config.changed_files import ChangedFiles
    from registrar.config.files import ConfigFiles
    from registrar.config.job import Job

__all__ = ["choose_changed"]


class Compose(Protocol):
    """Compose the jobs of all models; `on_failure` is told of a model that has none, and why."""

    def __call__(self, *, on_failure: Callable[[str, Exception], None]) -> Sequence[Job]: ...


def choose_changed(compose: Compose, base: Job, origin: Origin) -> list[Job]:
    """Return the jobs of the models that the branch touches, else the job without a model.

    Where the branch changes no file, nothing is composed. `origin` is that of everything but the
    model. Raises ConfigError.
    """
    since = base.config["since"]
    changed = find_changed_files(since)
    files = origin.config_files
    broken: list[str] = []

    def leave_out(name: str, error: Exception) -> None:
        with guard_environment() as guard:
            refusal = guard.pop()
        if _touches_broken(changed, name, files):
            raise ConfigError(refusal) if refusal else error
        broken.append(name)

    jobs = compose(on_failure=leave_out) if changed.files else ()
    chosen: list[Job] = []
    for job in jobs:
        if job.is_broken and not _touches_broken(changed, job.name, files):
            broken.append(job.name)
        elif job.is_broken or any(map(changed.includes, _places_of(job, origin))):
            chosen.append(job)
    _forget_others(changed, chosen, origin)
    deleted = _list_deleted(changed, files.folders)
    if not deleted and not base.known_models:
        raise ConfigError(base.locate(("models",), explain_no_models()))
    notes = [Note("deleted-model-file", relative_path(path)) for path in deleted]
    notes += [Note("untouched-and-broken", name) for name in sorted(broken)]
    if not chosen and not deleted:
        notes += [Note("no-changed-models", values={"since": since})]
    first, *others = chosen or [base]
    return [replace(first, notes=tuple(notes)), *others]


def _list_deleted(changed: ChangedFiles, folders: Sequence[Path]) -> list[Path]:
    """Return the files of models that the branch has deleted."""
    groups = [Path(os.path.realpath(folder / "model")) for folder in folders]
    beside = Path(os.path.realpath(colocated_models.FOLDER))
    return sorted(
        path
        for path in changed.files
        if (
            (path.suffix == ".yaml" and any(map(path.is_relative_to, groups)))
            or (path.name == colocated_models.FILE and path.is_relative_to(beside))
        )
        and not os.path.lexists(path)
    )


def _touches_broken(changed: ChangedFiles, name: str, files: ConfigFiles) -> bool:
    """Return whether the branch touches what a model that cannot be composed is made of."""
    included = list_included(f"model/{name}", files)
    if included is None:
        return True  # only a composition could tell
    places = [*included]
    for path in included:
        if path.name == colocated_models.FILE:
            places.append(path.parent)
        if path in files.files:
            sources = map(parse_source, list_written_uris(files.files[path].text))
            places += [Path(uri.path) for uri in sources if isinstance(uri, DirectoryUri)]
    return any(map(changed.includes, places))


def _forget_others(changed: ChangedFiles, chosen: Sequence[Job], base: Origin) -> None:
    """Forget the files with problems that the branch does not touch, and no chosen model needs."""
    files = base.config_files
    broken = [path for path, file in files.files.items() if file.problems]
    if not broken:
        return
    needed = {file.path for file, _ in base.files}
    for job in chosen:
        included = list_included(f"model/{job.name}", files)
        if included is None:
            return
        needed.update(included)
    for path in broken:
        if path not in needed and not changed.includes(path):
            del files.files[path]


def _places_of(job: Job, base: Origin) -> Iterator[Path]:
    """Yield the files that a job is composed from, and the folders of its models.

    `base` is the origin of everything but the model.
    """
    assert isinstance(job.source, Origin)
    if job.file is not None:
        path = Path(job.file)
        yield path.parent if path.name == colocated_models.FILE else path
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

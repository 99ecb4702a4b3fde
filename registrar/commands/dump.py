"""`dump`: write configuration files for the models of a registry, so that `plan` is then empty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from registrar import progress
from registrar.changes.diff import diff
from registrar.commands.dump_sources import SourceFinder
from registrar.commands.editor_schema import folder_of_schemas, missing_schema, schema_line
from registrar.commands.selection import (
    Filters,
    named_models,
    note_unreachable_names,
    select_models,
)
from registrar.commands.write_files import check_places, write_files
from registrar.config.declaration import declare
from registrar.config.option_names import file_names
from registrar.config.spec import desire
from registrar.config.yaml_writer import format_scalar, write_document
from registrar.content.junk import CONFIGURATION
from registrar.content.yaml_limits import YamlLimitError, check_size, read_limited
from registrar.content.yaml_loader import load_yaml
from registrar.errors import Problem, RefusedError, RegistrarError
from registrar.registry import connect
from registrar.report import Report
from registrar.report.results import Dump, Dumped
from registrar.state import Note
from registrar.threads import open_pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.commands.dump_sources import Found
    from registrar.config.declaration import Declaration
    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.state import ObservedModel

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Write a file into `dump.dir` for each selected model, or no file at all.

    A model that a file declares already is left alone. Raises RefusedError if another file would be
    overwritten, NotFoundError, ServerError.
    """
    config = jobs[0].config
    node = config["dump"]
    folder = Path(node["dir"] or f"{jobs[0].source.folder}/model")
    force = bool(node["force"])
    with connect(config["server"], writes=False, stop=interrupt.is_pending) as backend:
        selected = select_models(backend.registry, named_models(jobs, node))
        selected = Filters.parse(node).choose_models(selected)
        declared = _find_declared(folder)
        paths = _choose_paths(selected, declared, folder)
        models, notes = _skip_declared(selected, declared, paths)
        finder = SourceFinder(backend, jobs[0].source.boundary)
        with (
            progress.step("looking at models", len(models)),
            open_pool(config.get("parallelism", 8)) as pool,
        ):
            dumps = list(
                pool.map(
                    lambda model: _dump_model(model, finder, paths[model.name], folder), models
                )
            )
        server = backend.registry.server
    notes += [note for dumped, text in dumps if not text for note in dumped.notes]
    written: list[tuple[Dumped, str]] = []
    for dumped, text in dumps:
        path = Path(dumped.file)
        if text and not force and declared.get(dumped.model.name) == path and _differs(path, text):
            notes.append(Note("declared-elsewhere", dumped.model.name, {"file": dumped.file}))
        elif text:
            written.append((dumped, text))
    _write_files({Path(d.file): text for d, text in written}, folder, interrupt, force=force)
    result = Dump(server, folder.as_posix(), tuple(dumped for dumped, _ in written))
    notes += note_unreachable_names(models)
    return Report("dump", payload=result, notes=(*backend.notes, *notes))


def _dump_model(
    model: ObservedModel, finder: SourceFinder, path: Path, folder: Path
) -> tuple[Dumped, str]:
    """Return the file of a model with its text; the text is "" if no file can declare the model."""
    found = finder.find(model)
    declaration = declare(model, {number: item.declarable for number, item in found.items()})
    progress.advance("looking at models")
    dumped = Dumped(model, path.as_posix(), declaration.notes)
    if not declaration.fields:
        return dumped, ""
    text = schema_line(path, folder)
    text += write_document(_format_tags(declaration.fields), declaration.comments)
    reason = _find_fault(model, declaration, found, text)
    if reason is not None:
        note = Note("model-left-out", model.name, {"field": "file", "reason": reason})
        return replace(dumped, notes=(note,)), ""
    return dumped, text


def _find_fault(
    model: ObservedModel, declaration: Declaration, found: Mapping[int, Found], text: str
) -> str | None:
    """Return why the file of a model is none that `plan` takes and has nothing to do for."""
    sources = [found[number].source for number in declaration.versions]
    try:
        check_size(text.encode())
        plan = diff(model.name, desire(model.name, declaration.fields, sources), model)
    except YamlLimitError as error:
        return error.problem.message
    except RegistrarError as error:
        return f"would be refused: {error.problems[0].message}"
    if plan.matches != declaration.versions or not plan.in_sync:
        return "cannot tell its versions apart"
    return None


def _format_tags(fields: Any) -> Any:
    """Return `fields` with the values of tags as YAML scalars: `0.1`, not `'0.1'`."""
    match fields:
        case dict():
            return {
                key: _format_scalars(item)
                if key in {"metadata", "tags"}
                else (item if key == "metrics" else _format_tags(item))
                for key, item in fields.items()
            }
        case list():
            return [_format_tags(item) for item in fields]
        case _:
            return fields


def _format_scalars(tags: Mapping[str, str]) -> dict[str, Any]:
    return {name: format_scalar(text) for name, text in tags.items()}


def _find_declared(folder: Path) -> dict[str, Path]:
    """Return the file that declares a model already, by the model's name.

    It is in `folder`, or beside a model.
    """
    files: dict[str, Path] = {}
    colocated = sorted(Path("models").rglob(CONFIGURATION))
    for path in (*colocated, *sorted(folder.rglob("*.yaml"))):
        try:
            fields = load_yaml(read_limited(path))
        except (OSError, yaml.YAMLError, ValueError):  # ValueError: no such date
            continue  # another program's file; it is not overwritten either
        if isinstance(fields, dict) and isinstance(fields.get("name"), str):
            files[fields["name"]] = path
    return files


def _choose_paths(
    models: Sequence[ObservedModel], declared: Mapping[str, Path], folder: Path
) -> dict[str, Path]:
    """Return the file for each model, by the model's name."""
    taken = {path.stem.lower(): name for name, path in declared.items() if path.parent == folder}
    options = file_names((model.name for model in models), taken)
    return {name: folder / f"{option}.yaml" for name, option in options.items()}


def _skip_declared(
    models: Sequence[ObservedModel], declared: Mapping[str, Path], paths: Mapping[str, Path]
) -> tuple[list[ObservedModel], list[Note]]:
    """Return the models that no file of another name declares, and a note on each of the others."""
    undeclared: list[ObservedModel] = []
    notes: list[Note] = []
    for model in models:
        path = declared.get(model.name)
        if path is None or path == paths[model.name]:
            undeclared.append(model)
        else:
            notes.append(Note("declared-elsewhere", model.name, {"file": path.as_posix()}))
    return undeclared, notes


def _differs(path: Path, text: str) -> bool:
    return path.exists() and (not path.is_file() or path.read_bytes() != text.encode())


def _write_files(
    texts: Mapping[Path, str], folder: Path, interrupt: Interrupt, *, force: bool
) -> None:
    """Write all files, and the schema that they name, even if a signal comes meanwhile.

    Raises RefusedError, before the first is written, if one would be lost, and ConfigError if one
    would be written outside.
    """
    different = [path for path, text in texts.items() if _differs(path, text)]
    if different and not force:
        hint = "Name another folder with dir=..., or overwrite them with force=true."
        raise RefusedError(
            *(Problem("file-exists", f"{path} is there already", hint) for path in different)
        )
    files = {**texts, **missing_schema(folder)} if texts else {}
    check_places(folder_of_schemas(folder), files)
    interrupt.hold()
    write_files(files)
    interrupt.check()

"""`dump`: write configuration files for the models of a registry, so that `plan` is then empty."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from registrar import progress
from registrar.changes.matching import is_from_same_place
from registrar.commands.selection import (
    Filters,
    named_models,
    note_unreachable_names,
    select_models,
)
from registrar.commands.write_files import write_files
from registrar.config.declaration import Declarable, declare, file_name
from registrar.config.hosts import check_source_host
from registrar.config.permissions import read_permissions
from registrar.config.yaml_writer import format_scalar, write_document
from registrar.content.junk import CONFIGURATION
from registrar.content.yaml_limits import read_limited
from registrar.content.yaml_loader import load_yaml
from registrar.errors import (
    AccessDeniedError,
    ConfigError,
    Problem,
    RefusedError,
    ServerError,
)
from registrar.locator import Locator
from registrar.references import possible_uris
from registrar.registry import connect
from registrar.report import Report
from registrar.report.results import Dump, Dumped
from registrar.state import DesiredVersion, Note
from registrar.threads import open_pool
from registrar.uris import StoreUri, canonical_uri, parse_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.state import ObservedModel, ObservedVersion, Source
    from registrar.uris import Uri

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Write a file into `dump.dir` for each selected model, or no file at all.

    Raises RefusedError if a file would be overwritten, NotFoundError, ServerError.
    """
    config = jobs[0].config
    node = config["dump"]
    folder = Path(node["dir"])
    with connect(config["server"], writes=False, stop=interrupt.is_pending) as backend:
        selected = select_models(backend.registry, named_models(jobs, node))
        selected = Filters.parse(node).choose_models(selected)
        models, notes = _skip_declared(selected, _find_declared(folder), folder)
        finder = _UriFinder(backend)
        with (
            progress.step("looking at models", len(models)),
            open_pool(config.get("parallelism", 8)) as pool,
        ):
            dumps = list(pool.map(lambda model: _dump_model(model, finder, folder), models))
        server = backend.registry.server
    written = [(dumped, text) for dumped, text in dumps if text]
    _write_files({Path(d.file): text for d, text in written}, interrupt, force=node["force"])
    result = Dump(server, folder.as_posix(), tuple(dumped for dumped, _ in written))
    notes += [note for dumped, text in dumps if not text for note in dumped.notes]
    notes += note_unreachable_names(models)
    return Report("dump", payload=result, notes=(*backend.notes, *notes))


def _dump_model(model: ObservedModel, finder: _UriFinder, folder: Path) -> tuple[Dumped, str]:
    """Return the file of a model with its text; the text is "" if no file can declare the model."""
    declaration = declare(model, finder.find(model))
    progress.advance("looking at models")
    path = folder / f"{file_name(model.name)}.yaml"
    dumped = Dumped(model, path.as_posix(), declaration.notes)
    if "name" not in declaration.fields:
        return dumped, ""
    return dumped, write_document(_as_written(declaration.fields), declaration.comments)


def _as_written(fields: Any) -> Any:
    """Return `fields` with the values of tags as a person would write them."""
    match fields:
        case dict():
            return {
                key: {name: format_scalar(text) for name, text in item.items()}
                if key in {"metadata", "tags"}
                else _as_written(item)
                for key, item in fields.items()
            }
        case list():
            return [_as_written(item) for item in fields]
        case _:
            return fields


@dataclass(frozen=True, slots=True)
class _UriFinder:
    """Finds the URI by which a configuration can declare a version so that it is matched again.

    `unreadable` has the first failure of each artifact store that could not be read: it is not
    asked again.
    """

    backend: Backend
    unreadable: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def tracking_uri(self) -> str:
        """The server whose artifacts a URI may name."""
        return self.backend.registry.server.tracking_uri

    def find(self, model: ObservedModel) -> dict[int, Declarable]:
        """Return how each version can be declared, by version number; some cannot."""
        found = {version.number: self._find(version) for version in model.versions}
        return {number: item for number, item in found.items() if item is not None}

    def _find(self, version: ObservedVersion) -> Declarable | None:
        if check_source_host(version.source, self.tracking_uri, read_permissions()) is not None:
            return None  # no configuration may name it
        reasons: list[str] = []
        for text in possible_uris(version.source, version.run_id):
            uri = parse_source(text)
            if uri is None:
                continue
            for verify in (True, False):
                source = self._locate(uri, verify=verify)
                if isinstance(source, str):
                    reasons.append(source)
                elif _is_matched(source, version):
                    reason = next(iter(reasons), "the model there is another one")
                    comment = None if verify else f"not looked at: {reason}"
                    return Declarable(uri.text, verify=verify, comment=comment)
        text = canonical_uri(version.source)
        if parse_source(text) is None:
            return None
        reason = next(iter(reasons), "its source alone does not tell which version it is")
        return Declarable(text, verify=False, pinned=True, comment=f"not looked at: {reason}")

    def _locate(self, uri: Uri, *, verify: bool) -> Source | str:
        """Return the source, or the reason why there is none."""
        store = (uri.scheme, uri.host) if isinstance(uri, StoreUri) and uri.host else None
        if verify and store in self.unreadable:
            return self.unreadable[store]
        try:
            return Locator(self.backend).locate(uri, verify=verify)
        except (ConfigError, RefusedError) as error:
            return error.problems[0].message
        except ServerError as error:
            if store is None:
                return error.problems[0].message
            # The same text for all models of the store, whichever of them was asked first.
            refuses = isinstance(error, AccessDeniedError)
            problem = "refuses the credentials" if refuses else "cannot be read"
            reason = f"{store[0]}://{store[1]} {problem}"
            if verify:
                self.unreadable[store] = reason
            return reason


def _is_matched(source: Source, version: ObservedVersion) -> bool:
    return source.digest == version.digest or is_from_same_place(DesiredVersion(source), version)


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


def _skip_declared(
    models: Sequence[ObservedModel], declared: Mapping[str, Path], folder: Path
) -> tuple[list[ObservedModel], list[Note]]:
    """Return the models that no file of another name declares, and a note on each of the others."""
    undeclared: list[ObservedModel] = []
    notes: list[Note] = []
    for model in models:
        path = declared.get(model.name)
        if path is None or path == folder / f"{file_name(model.name)}.yaml":
            undeclared.append(model)
        else:
            notes.append(Note("declared-elsewhere", model.name, {"file": str(path)}))
    return undeclared, notes


def _write_files(texts: Mapping[Path, str], interrupt: Interrupt, *, force: bool) -> None:
    """Write all files, even if a signal comes meanwhile.

    Raises RefusedError, before the first is written, if one would be lost.
    """
    different = [p for p, text in texts.items() if p.exists() and p.read_bytes() != text.encode()]
    if different and not force:
        hint = "Name another folder with dump.dir=..., or overwrite them with dump.force=true."
        raise RefusedError(
            *(Problem("file-exists", f"{path} is there already", hint) for path in different)
        )
    interrupt.hold()
    write_files(texts)
    interrupt.check()

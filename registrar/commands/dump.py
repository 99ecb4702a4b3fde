"""`dump`: configuration files for what the registry holds, so that `plan` right after is empty."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from registrar import progress
from registrar.changes.matching import is_from_same_place
from registrar.commands.selection import Filters, named_models, select_models
from registrar.config.declaration import Declarable, declare, file_name
from registrar.config.yaml_writer import format_scalar, write_document
from registrar.content import check
from registrar.content.directory import CONFIGURATION
from registrar.content.yaml_loader import load_yaml
from registrar.errors import AccessDeniedError, ConfigError, Problem, RefusedError, ServerError
from registrar.locator import Locator
from registrar.report import Report
from registrar.report.results import Dump, Dumped
from registrar.state import DesiredVersion
from registrar.uris import canonical_uri, safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.config.job import Job
    from registrar.registry import Backend
    from registrar.state import ObservedModel, ObservedVersion, Source

__all__ = ["run"]


def run(jobs: Sequence[Job]) -> Report:
    """A file lies in `dump.dir` for each model that is meant, or for none.

    Raises RefusedError where a file would be overwritten, NotFoundError, ServerError.
    """
    from registrar.registry import connect

    config = jobs[0].config
    node = config["dump"]
    folder = Path(node["dir"])
    notes: list[str] = []
    with connect(config["server"], writes=False) as backend:
        registry = backend.registry
        notes += backend.notes
        selected = select_models(registry, named_models(jobs, node))
        selected = Filters.parse(node).choose_models(selected)
        models, skipped = _apart(selected, _declared(folder), folder)
        notes += skipped
        places = _Places(backend)
        with (
            progress.step("looking at models", len(models)),
            ThreadPoolExecutor(config.get("parallelism", 8)) as pool,
        ):
            found = pool.map(places.of, models)
            texts = [_text(*pair) for pair in zip(models, found, strict=True)]
        server = registry.server
    files = {
        folder / f"{file_name(m.name)}.yaml": t for m, (t, _) in zip(models, texts, strict=True)
    }
    _write(files, force=node["force"])
    dumped = tuple(
        Dumped(model, path.as_posix(), left_out)
        for model, path, (_, left_out) in zip(models, files, texts, strict=True)
    )
    notes += [f"{one.model.name}: {note}" for one in dumped for note in one.notes]
    return Report("dump", payload=Dump(server, folder.as_posix(), dumped), notes=tuple(notes))


def _text(model: ObservedModel, places: Mapping[int, Declarable]) -> tuple[str, tuple[str, ...]]:
    """The file of a model, and notes on what it leaves out."""
    made = declare(model, places)
    return write_document(_written(made.fields), made.comments), made.notes


def _written(fields: Any) -> Any:
    """`fields` with the values of tags as a person would write them."""
    match fields:
        case dict():
            return {
                key: {name: format_scalar(text) for name, text in item.items()}
                if key in {"metadata", "tags"}
                else _written(item)
                for key, item in fields.items()
            }
        case list():
            return [_written(item) for item in fields]
        case _:
            return fields


class _Places:
    """Finds how each version's model can be declared so that it is matched again."""

    def __init__(self, backend: Backend) -> None:
        self.locator = Locator(backend)
        self.unreadable: dict[str, str] = {}

    def of(self, model: ObservedModel) -> dict[int, Declarable]:
        """Version number -> place; versions that can not be declared have none."""
        found = [(v.number, self._place(v)) for v in model.versions]
        progress.advance("looking at models")
        return {number: place for number, place in found if place is not None}

    def _place(self, version: ObservedVersion) -> Declarable | None:
        reason = None
        for uri in _spellings(version):
            for verify in (True, False):
                source, why = self._located(uri, verify=verify)
                reason = reason or why
                if source is not None and _matches(source, version):
                    comment = None if verify else f"not looked at: {reason or 'another one'}"
                    return Declarable(uri, verify=verify, comment=comment)
        uri = canonical_uri(version.source)
        if check.problem(uri, verify=False) is not None:
            return None
        comment = f"not looked at: {reason or 'it can not be found by its source alone'}"
        return Declarable(uri, verify=False, pinned=True, comment=comment)

    def _located(self, uri: str, *, verify: bool) -> tuple[Source | None, str | None]:
        """The source, or why there is none; a store that is out of reach is asked once."""
        store = "/".join(uri.split("/")[:3]) if "://" in uri else ""
        if verify and store in self.unreadable:
            return None, safe_uri(uri) + self.unreadable[store]
        wrong = check.problem(uri, verify=verify)
        if wrong is not None:
            return None, wrong.message
        try:
            return self.locator.locate(uri, verify=verify), None
        except ConfigError as error:
            return None, error.problems[0].message
        except (ServerError, AccessDeniedError) as error:
            if verify and store:
                self.unreadable[store] = error.problems[0].message.removeprefix(safe_uri(uri))
            return None, error.problems[0].message


def _spellings(version: ObservedVersion) -> Iterator[str]:
    """The URIs that may declare a version, the one a person would write first."""
    inside = version.source.partition("/artifacts/")[2]
    if version.run_id and inside and version.run_id in version.source:
        yield f"runs:/{version.run_id}/{inside.rstrip('/')}"
    yield canonical_uri(version.source)  # as it would be registered


def _matches(source: Source, version: ObservedVersion) -> bool:
    return source.digest == version.digest or is_from_same_place(DesiredVersion(source), version)


def _declared(folder: Path) -> dict[str, Path]:
    """Registered model -> the file in `folder`, or beside a model, that declares it already."""
    found: dict[str, Path] = {}
    beside = sorted(Path("models").rglob(CONFIGURATION))
    for path in (*beside, *sorted(folder.rglob("*.yaml"))):
        try:
            fields = load_yaml(path.read_bytes())
        except (OSError, yaml.YAMLError):  # not ours; it is never overwritten either
            continue
        if isinstance(fields, dict) and isinstance(fields.get("name"), str):
            found[fields["name"]] = path
    return found


def _apart(
    models: Sequence[ObservedModel], declared: Mapping[str, Path], folder: Path
) -> tuple[list[ObservedModel], list[str]]:
    """The models without those that a file of another name declares, and notes on these."""
    kept, notes = [], []
    for model in models:
        path = declared.get(model.name)
        if path is None or path == folder / f"{file_name(model.name)}.yaml":
            kept.append(model)
        else:
            notes.append(f"{model.name} is declared in {path} already; it was left alone")
    return kept, notes


def _write(files: Mapping[Path, str], *, force: bool) -> None:
    """All files are there, each in one piece. Raises RefusedError before the first is written."""
    there = [p for p, text in files.items() if p.exists() and p.read_bytes() != text.encode()]
    if there and not force:
        hint = "Name another folder with dump.dir=..., or overwrite them with dump.force=true."
        raise RefusedError(*(Problem("todo", f"{path} is there already", hint) for path in there))
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        except OSError as error:
            message = f"{path} cannot be written: {error.strerror}"
            raise RefusedError(Problem("todo", message, "Check the folder.")) from None

"""`init`: write the first configuration of each model that lies in a repository.

It needs no configuration and contacts no server.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.commands.declared_sources import Declared
from registrar.commands.editor_schema import missing_schema, schema_line
from registrar.commands.pipeline import Pipeline, make_pipeline
from registrar.commands.write_files import check_places, write_files
from registrar.config.arguments import parse_arguments
from registrar.config.layout import CONFIGS, NO_MODEL_FOLDER
from registrar.config.option_names import explain_odd_name, file_names
from registrar.config.schema import find_schema_problems
from registrar.config.yaml_writer import write_document
from registrar.content.directory import MLMODEL, parse_mlmodel
from registrar.content.yaml_limits import YamlLimitError, read_limited
from registrar.errors import ConfigError, Problem
from registrar.text import dotted, plural, printable
from registrar.uris import UriError, VersionUri, parse_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["init"]

FIELDS = ("uri", "name", "ci")
# Folders of MLflow's own store and of installed packages.
SKIPPED = {"mlruns", "mlartifacts", "node_modules", "venv", "env", "site-packages", "__pycache__"}
# Names of folders that say nothing of the model in them.
GENERIC = {"model", "models", "artifacts", "output", "outputs", "out", "export", "exported"}
MAX_COMMENT = 96  # characters
HINTS = """\
# description: What it does, and how well
# metadata: {max_iter: 500}    # tags of the version
# aliases: [champion]          # these point to this version
"""


def init(words: Sequence[str]) -> str:
    """Write a file for each model below the folders that are named, and return what was done.

    `words` may also give `uri=` and `name=` of a model that lies elsewhere, and `ci=` for a pipeline
    of a CI system. A file that exists is never overwritten. Raises ConfigError where there is
    nothing to write, RefusedError where a file cannot be written.
    """
    request = _Request.parse(words)
    declared = Declared.read(request.config)
    found = [request.model] if request.model else _find_models(request.folders)
    old = {m: file for m in found if (file := declared.find(m.uri, m.chosen_name)) is not None}
    new = [*_choose_names((model for model in found if model not in old), declared)]
    if not found and request.pipeline is None:
        raise ConfigError(_explain_nothing(request.folders))
    folder = request.config / "model"
    taken = {path.stem.lower(): path.stem for path in folder.rglob("*.yaml")}
    names = file_names([model.name for model in new], dict.fromkeys(taken, ""))
    paths = {model.name: folder / f"{names[model.name]}.yaml" for model in new}
    texts = {paths[model.name]: _text_of(model, paths[model.name], folder) for model in new}
    if new:
        texts |= missing_schema(folder)
    if request.pipeline is not None and request.pipeline.text:
        texts[request.pipeline.path] = request.pipeline.text
    check_places(request.config, texts)
    write_files(texts)
    lines = [f"Wrote {paths[model.name]} for {model.uri}." for model in new]
    lines += [f"{model.uri} is declared by {file}." for model, file in old.items()]
    lines += request.pipeline.advice if request.pipeline else ()
    if new:
        chosen = f"model={names[new[0].name]}" if len(new) == 1 else "models=all"
        lines.append(f"Look at {plural(len(new), 'file')}, then run: registrar plan {chosen}")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Model:
    """A model to declare; `comments` say what its MLmodel tells.

    `chosen_name` is its name where the command line gives it; others may get another name.
    """

    name: str
    uri: str
    comments: tuple[str, ...] = ()
    chosen_name: str | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """What the command line asks for: the models below folders, or the one that it names."""

    config: Path
    folders: tuple[Path, ...] = ()
    model: _Model | None = None
    pipeline: Pipeline | None = None

    @classmethod
    def parse(cls, words: Sequence[str]) -> _Request:
        """Read the words after `init`. Raises ConfigError."""
        fields: dict[str, str] = {}
        folders: list[Path] = []
        flags: list[str] = []
        for word in words:
            key, equals, value = word.partition("=")
            if (field := key.removeprefix("--")) != key and field in FIELDS:
                hint = f"Write {field}={value or 'VALUE'}."
                raise ConfigError(Problem("invalid-flag", f"unknown flag {key}", hint))
            if word.startswith("-") or flags[-1:] in (["--config-dir"], ["-cd"]):
                flags.append(word)
            elif equals and key in FIELDS:
                fields[key] = value
            elif equals:
                hint = f"Known here: {', '.join(FIELDS)}."
                raise ConfigError(Problem("unknown-key", f"unknown key '{key}'", hint))
            else:
                folders.append(_existing_folder(word))
        arguments = parse_arguments(flags)
        ConfigError.raise_for(p for p in arguments.problems if p.code != NO_MODEL_FOLDER)
        config = arguments.folders[0] if arguments.folders else Path(CONFIGS)
        config = Path(os.path.relpath(config))
        pipeline = (
            make_pipeline(fields["ci"], config if flags else None) if "ci" in fields else None
        )
        if "uri" in fields:
            return cls(config, (), _model_of(fields), pipeline)
        return cls(config, tuple(folders) or (Path(),), None, pipeline)


def _existing_folder(word: str) -> Path:
    if not Path(word).is_dir():
        hint = "Name a folder that holds models, or give uri=URI name=NAME."
        raise ConfigError(Problem("folder-not-found", f"no folder '{printable(word)}'", hint))
    return Path(word)


def _model_of(fields: Mapping[str, str]) -> _Model:
    """Return the model that `uri=` and `name=` declare. Raises ConfigError."""
    try:
        uri = parse_uri(fields["uri"])
    except UriError as error:
        raise ConfigError(Problem(error.code, f"uri: {error.message}", error.hint)) from None
    name = fields.get("name") or (uri.name if isinstance(uri, VersionUri) else None)
    if name is None:
        hint = "Give name=NAME."
        raise ConfigError(Problem("missing-field", "which name is the model to have?", hint))
    return _Model(name, fields["uri"], chosen_name=name)


def _find_models(roots: Sequence[Path]) -> list[_Model]:
    """Return every model below the roots, by its path; its name is that of its folder."""
    found = []
    for folder in dict.fromkeys(path for root in roots for path in sorted(_walk(root))):
        ConfigError.raise_for(filter(None, [explain_odd_name(folder)]))
        name = next(
            (part for part in reversed(folder.parts) if part.lower() not in GENERIC), "model"
        )
        name = re.sub(r"[/:\s\x00-\x1f]+", "-", name).strip("-") or "model"
        found.append(_Model(name, folder.as_posix(), tuple(_describe(folder))))
    return found


def _choose_names(models: Iterable[_Model], declared: Declared) -> Iterator[_Model]:
    """Yield the models, each with a name that no other model and no file has.

    Raises ConfigError where a person has chosen a name that a file has.
    """
    names = {*declared.names}
    for model in models:
        name = model.name
        if name in names and model.chosen_name is not None:
            message = f"{printable(name)} is declared by {declared.names[name]}"
            hint = "Change that file, or give another name=NAME."
            raise ConfigError(Problem("duplicate-model", message, hint))
        while name in names:
            name += "-2"
        names.add(name)
        yield replace(model, name=name)


def _walk(root: Path) -> Iterator[Path]:
    """Yield the folders with an MLmodel; links are not followed, nor is a model looked into."""
    for path, folders, files in os.walk(root):
        if MLMODEL in files:
            folders.clear()
            yield Path(path)
        folders[:] = [name for name in folders if name not in SKIPPED and not name.startswith(".")]


def _describe(folder: Path) -> Iterator[str]:
    """Yield what the MLmodel tells a reader; nothing for one that cannot be read."""
    mlmodel = folder / MLMODEL
    if mlmodel.is_symlink() or not mlmodel.is_file():
        return  # a link may lead out of the repository, and a pipe never ends
    try:
        fields = parse_mlmodel(read_limited(mlmodel), str(folder))
    except (OSError, ConfigError, YamlLimitError):
        return
    flavors = sorted(map(str, fields["flavors"]))
    yield f"Flavors: {', '.join(flavors)}"
    signature = fields.get("signature")
    if not isinstance(signature, dict):
        return
    for side in ("inputs", "outputs"):
        columns = _describe_columns(signature.get(side))
        if columns:
            yield f"{side.capitalize()}: {columns}"


def _describe_columns(text: Any) -> str:
    """Return the columns of one side of a signature, such as `age: long, plan: string`."""
    try:
        columns = json.loads(text)
        return ", ".join(map(_describe_column, columns))
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return ""  # MLflow has many forms, and a comment is no place to fail


def _describe_column(column: Mapping[str, Any]) -> str:
    name = f"{column['name']}: " if column.get("name") else ""
    if column["type"] == "tensor":
        tensor = column["tensor-spec"]
        return f"{name}{tensor['dtype']} {tuple(tensor['shape'])}"
    return f"{name}{column['type']}"


def _text_of(model: _Model, path: Path, folder: Path) -> str:
    fields = {"name": model.name, "uri": model.uri}
    ConfigError.raise_for(
        replace(problem, path=dotted(path))
        for path, problem in find_schema_problems({"model": fields}, "model")
    )
    comments = "".join(f"# {_shorten(printable(comment))}\n" for comment in model.comments)
    return schema_line(path, folder) + comments + write_document(fields, {}) + HINTS


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_COMMENT else text[: MAX_COMMENT - 3] + "..."


def _explain_nothing(folders: Sequence[Path]) -> Problem:
    where = ", ".join("this folder" if path == Path() else str(path) for path in folders)
    hint = (
        "Save a model with mlflow's save_model, such as "
        "mlflow.sklearn.save_model(model, 'models/NAME'), or give uri=URI name=NAME."
    )
    return Problem("no-models", f"there is no {MLMODEL} file below {where}", hint)

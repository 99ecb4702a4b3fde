"""Checks of a command line that need no composition; all problems are reported at once.

Hydra stops at the first override that it refuses. It also accepts lines that nobody means: of two
`model=` choices it drops one, and it takes a primary configuration without registrar's defaults.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from registrar.config.arguments import COMMANDS, DEFAULT_COMMAND
from registrar.config.command_fields import explain_ignored_override, explain_unused_override
from registrar.config.command_nodes import TARGET
from registrar.config.layout import GROUPS
from registrar.config.other_apps import explain_foreign_primary
from registrar.config.override_values import scan_value
from registrar.config.permissions import ALLOW_PLUGINS, explain_permission, read_permissions
from registrar.config.quoting import format_override, quote_override, redact
from registrar.config.schema import known_fields, takes_any_key
from registrar.config.schema_errors import explain_unknown_key
from registrar.config.short_forms import command_fields
from registrar.errors import Problem
from registrar.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hydra.core.override_parser.types import Override as HydraOverride

    from registrar.config.arguments import Arguments
    from registrar.config.files import ConfigFiles
    from registrar.config.override import Override
    from registrar.config.source_file import SourceFile
from registrar.config.override_values import Node

__all__ = ["check_arguments", "list_choices"]

BASE = "registrar"
LONGEST_NAME = 255  # bytes; no file system takes more
BUILD_ON_IT = f"Begin it with `defaults: [{BASE}, _self_]`."


def check_arguments(arguments: Arguments, files: ConfigFiles) -> list[Problem]:
    """Return what is wrong with the command line and with the primary configuration."""
    problems = list(arguments.problems)
    models: list[str] = []
    for override in arguments.overrides:
        parsed = _parse(override.text)
        if _is_too_long(override.key):
            message = f"its field has more than {LONGEST_NAME} bytes, which Hydra cannot read"
            problem: Problem | None = Problem("invalid-override", message, "Set it in a file.")
        elif parsed is None:
            problem = _explain_unreadable(override)
        else:
            problem = _check_override(override, parsed, arguments)
            if override.key == "model" and not override.is_removal:
                models.append(override.value or "")
        if problem is None and not arguments.prints_only:
            problem = explain_unused_override(
                override, arguments.command
            ) or explain_ignored_override(override, arguments.overrides, arguments.command)
        if problem is not None:
            problems.append(problem.at(override=redact(override.typed)))
    if len(models) > 1 and not problems:
        message = f"two models are chosen: {' and '.join(map(redact, models[:2]))}"
        hint = f"For both: models={','.join(models)}."
        problems.append(Problem("two-models", message, hint))
    if _is_too_long(arguments.config_name):
        return [*problems, _explain_long_name("--config-name ")]
    primary = files.find(arguments.config_name, packaged=False)
    if primary is not None:
        problems += _check_primary(primary, files)
    return problems


def list_choices(arguments: Arguments) -> Iterator[tuple[str, str]]:
    """Yield (group, option) for everything that the command line chooses by name."""
    for override in arguments.overrides:
        parsed = _parse(override.text)
        if parsed is None or override.key not in GROUPS or override.is_removal:
            continue
        if parsed.is_choice_sweep():
            for value in parsed.sweep_iterator():
                yield override.key, str(value)
        elif not parsed.is_sweep_override():
            chosen = parsed.value()
            for name in chosen if isinstance(chosen, list) else [chosen]:
                yield override.key, str(name)


@functools.lru_cache(maxsize=256)  # checked before composing, read again to explain a failure
def _parse(text: str) -> HydraOverride | None:
    """Return the override as Hydra reads it; None where it cannot."""
    try:
        return OverridesParser.create().parse_override(text)
    except (HydraException, ValueError):  # ValueError: a number of thousands of digits
        return None


def _explain_unreadable(override: Override) -> Problem:
    if override.value is None:
        field, colon, value = override.typed.partition(":")
        is_field = colon and field.partition(".")[0] in known_fields(())
        hint = (
            f"Write {field}={value.strip()}."
            if is_field
            else "A field is set with FIELD=VALUE, a model chosen with model=NAME."
        )
    elif override.value[:1] in {"[", "{"}:
        hint = "Close every bracket and quotation mark."
    else:
        hint = f"Quote the value: {redact(quote_override(override.typed))}."
    return Problem("invalid-override", "is not an override Hydra can read", hint)


def _check_override(
    override: Override, parsed: HydraOverride, arguments: Arguments
) -> Problem | None:
    if override.key in GROUPS and override.package is None:
        return _check_choice(override, parsed, is_sweep=arguments.is_sweep)
    if override.is_of_hydra and TARGET in override.text and not read_permissions().plugins:
        message = f"'{TARGET}' names code to run"
        hint = f"Leave it out. {explain_permission(ALLOW_PLUGINS, 'true', only_strict=False)}"
        return Problem("target-node", message, hint)
    if parsed.is_sweep_override() and not arguments.is_sweep:
        hint = f"Quote the value: {redact(quote_override(override.typed))}."
        hint += " To run a job for each value, add --multirun."
        return Problem("several-values", "gives several values", hint)
    if not parsed.is_sweep_override():
        problem = _check_keys(scan_value(override.value or ""), parsed.value())
        if problem is not None:
            return problem
    first = override.parts[0] if override.parts else ""
    is_known = first in known_fields(())
    if override.sign if is_known else arguments.is_group(first):
        return None
    return _check_field(override.key, arguments.command or DEFAULT_COMMAND)


def _check_choice(override: Override, parsed: HydraOverride, *, is_sweep: bool) -> Problem | None:
    """Return what is wrong with the choice of a model, a server or an executor."""
    key, value = override.key, override.value or ""
    if override.sign.startswith("+"):
        hint = f"Write {format_override(key, value)}."
        return Problem("invalid-choice", f"a {key} is chosen without '+'", hint)
    if parsed.value() is None and not override.is_removal:
        return Problem("invalid-choice", "names no configuration", f"Write {key}=NAME.")
    chosen = parsed.value()
    is_list = isinstance(chosen, list) and key != "policy"  # several policies add up
    if is_list or isinstance(chosen, dict):
        hint = "For several: models=NAME,NAME." if key == "model" else "Write one name."
        return Problem("invalid-choice", "is not a name", hint)
    if isinstance(chosen, bool | int | float):
        hint = f"Quote the name: {redact(quote_override(override.typed))}."
        return Problem("invalid-choice", "is not a name", hint)
    names = chosen if isinstance(chosen, list) else [chosen] if isinstance(chosen, str) else []
    if not all(isinstance(name, str) for name in names):
        return Problem("invalid-choice", "is not a list of names", "Quote each name.")
    if any(map(_is_too_long, names)):
        return _explain_long_name()
    if parsed.is_sweep_override() and not is_sweep:
        hint = f"For all of them: models={value}." if key == "model" else "Write one name."
        return Problem("invalid-choice", "names several configurations", hint)
    return None


def _is_too_long(name: object) -> bool:
    """Return whether no file can have a name; Hydra looks for it all the same."""
    parts = str(name).split("/")
    return any(len(part.encode(errors="replace")) > LONGEST_NAME for part in parts)


def _explain_long_name(what: str = "") -> Problem:
    message = f"{what}is longer than the name of a file can be"
    return Problem("unknown-config", message, "Correct the name.")


def _check_keys(node: Node | None, value: object) -> Problem | None:
    """Return the problem of a mapping's key that Hydra reads as another text: it has no quotes."""
    match node, value:
        case dict(), dict():
            for (raw, below), (key, item) in zip(node.items(), value.items(), strict=False):
                if not isinstance(key, str) and str(key) != raw:
                    message = f"the key {raw} is not text: it is read as {key}"
                    hint = f"Write the mapping in a file, with the key in quotes: '{raw}'."
                    return Problem("key-not-text", message, hint)
                if problem := _check_keys(below, item):
                    return problem
        case list(), list():
            for below, item in zip(node, value, strict=False):
                if problem := _check_keys(below, item):
                    return problem
        case _:
            pass
    return None


def _check_field(key: str, command: str) -> Problem | None:
    """Return the problem of a field that no configuration can have.

    A misspelt field of the command is compared with the command's own fields first.
    """
    parts = key.split(".")
    if parts[0] == "hydra" or "/" in key:
        return None
    for length, part in enumerate(parts):
        known = known_fields(tuple(parts[:length]))
        if not known or (part not in known and takes_any_key(tuple(parts[:length]))):
            return None
        if part not in known:
            return _explain_field(key, command) if not length else explain_unknown_key(part, known)
    return None


def _explain_field(key: str, command: str) -> Problem:
    """Return the problem of a field that neither all commands nor this one have.

    A field of the model, or of the server, may stand without its prefix by mistake.
    """
    field = key.partition(".")[0]
    others = [other for other in COMMANDS if field in known_fields((other,))]
    owner = next((group for group in ("model", "server") if field in known_fields((group,))), None)
    if others:
        hint = f"It is a field of {', '.join(others)}."
        if command == "apply" and field == "dry_run":
            hint = "Write plan in place of apply."
        elif owner is not None:
            hint += f" That of the {owner} is {owner}.{key}."
        return Problem("unused-field", f"{command} does not use '{field}'", hint)
    if owner is not None:
        hint = f"Write {owner}.{key}=VALUE."
        return Problem("unknown-key", f"'{field}' is a field of the {owner}", hint)
    own = [*command_fields(command), *known_fields(())]
    problem = explain_unknown_key(field, command_fields(command))
    problem = problem if problem.suggestion else explain_unknown_key(field, own)
    if problem.suggestion is not None:
        return problem
    return replace(problem, hint="--help after the command lists its fields.")


def _check_primary(file: SourceFile, files: ConfigFiles) -> Iterator[Problem]:
    """Yield the problem of a primary configuration that does not build on registrar's defaults."""
    if file.problems:
        return
    seen: set[SourceFile] = set()
    pending = [file]
    while pending:
        current = pending.pop()
        seen.add(current)
        for name, mark in _list_bases(current):
            if name == BASE:
                return
            base = files.find(name)
            if base is None:
                problem = _explain_base(name, files)
                foreign = None if problem.suggestion == BASE else _find_foreign(file)
                yield foreign or current.place(problem, mark)
                return
            if base not in seen and not base.problems:
                pending.append(base)
    if foreign := _find_foreign(file):
        yield foreign
        return
    message = "does not build on registrar's own defaults"
    problem = Problem("no-registrar-defaults", message, BUILD_ON_IT)
    yield problem.at(file=file.display_path, line=1, column=1)


def _find_foreign(file: SourceFile) -> Problem | None:
    """Return the problem of a primary configuration that is plainly another app's."""
    foreign = explain_foreign_primary(file.root) if file.root is not None else None
    return file.place(*foreign) if foreign else None


def _explain_base(name: str, files: ConfigFiles) -> Problem:
    known = [option for option in files.list_options("") if option != "config"]
    suggestion = nearest(name, known)
    hint = None if suggestion else BUILD_ON_IT
    return Problem("unknown-config", f"no config '{name}'", hint, suggestion=suggestion)


def _list_bases(file: SourceFile) -> Iterator[tuple[str, yaml.Mark]]:
    """Yield the configs, not the groups, that a file's defaults list names, and where."""
    pairs = file.root.value if isinstance(file.root, yaml.MappingNode) else []
    for key, value in pairs:
        if key.value == "defaults" and isinstance(value, yaml.SequenceNode):
            for entry in value.value:
                if isinstance(entry, yaml.ScalarNode) and entry.value != "_self_":
                    yield entry.value.lstrip("/").partition("@")[0], entry.start_mark

"""What is wrong with a command line and shows before Hydra runs, all of it in one go.

Hydra stops at the first thing it refuses, and takes some lines to mean what nobody means: two
`model=` choices, of which it drops one, or a primary configuration without registrar's defaults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from registrar.config.files import GROUPS
from registrar.config.quoting import quoted, redacted, with_value
from registrar.config.schema import known_fields, nearest_field
from registrar.errors import Problem
from registrar.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hydra.core.override_parser.types import Override

    from registrar.config.arguments import Arguments
    from registrar.config.files import Reading, SourceFile

__all__ = ["choices", "problems"]

BASE = "registrar"
BUILD_ON_IT = f"Begin it with `defaults: [{BASE}, _self_]`."


def problems(arguments: Arguments, current: Reading) -> list[Problem]:
    """What is wrong with the command line and the primary configuration."""
    found = list(arguments.problems)
    models: list[str] = []
    for text in arguments.overrides:
        override, problem = _parse(text)
        if override is not None:
            problem = _problem(override, sweeps=arguments.sweeps)
            if override.key_or_group == "model" and not override.is_delete():
                models.append(text.partition("=")[2])
        if problem is not None:
            found.append(problem.at(override=redacted(text)))
    if len(models) > 1 and not found:
        message = f"two models are chosen: {' and '.join(map(redacted, models[:2]))}"
        found.append(
            Problem("todo", message, f"For all of them: --multirun model={','.join(models)}.")
        )
    primary = current.find(arguments.config_name, packaged=False)
    if primary is not None:
        found += _primary(primary, current)
    return found


def choices(arguments: Arguments) -> Iterator[tuple[str, str]]:
    """(group, option) for everything the command line chooses by name."""
    for text in arguments.overrides:
        override, _ = _parse(text)
        if override is None or override.key_or_group not in GROUPS or override.is_delete():
            continue
        if override.is_choice_sweep():
            values = [str(value) for value in override.sweep_iterator()]
        elif override.is_sweep_override():
            continue
        else:
            values = [str(override.value())]
        for value in values:
            yield override.key_or_group, value


def _parse(text: str) -> tuple[Override | None, Problem | None]:
    try:
        return OverridesParser.create().parse_override(text), None
    except HydraException:
        _, equals, value = text.partition("=")
        if not equals:
            hint = f"A field is set with field=value, a model chosen with model={text}."
        elif value[:1] in {"[", "{"}:
            hint = "Close every bracket and quotation mark."
        else:
            hint = f"Quote the value: {redacted(quoted(text))}."
        return None, Problem("todo", "is not an override Hydra can read", hint)


def _problem(override: Override, *, sweeps: bool) -> Problem | None:
    text = override.input_line or ""
    key, _, value = text.lstrip("+~").partition("=")
    if override.key_or_group in GROUPS and override.package is None:
        if override.is_add() or override.is_force_add():
            return Problem("todo", "is chosen, not added", f"Write {with_value(key, value)}.")
        if override.value() is None and not override.is_delete():
            return Problem("todo", "names nothing", f"Say {key}=NAME.")
        if isinstance(override.value(), list | dict):
            return Problem("todo", "is no name", f"For several: --multirun {key}=NAME,NAME.")
        if override.is_sweep_override() and not sweeps:
            return Problem("todo", "names several", f"For all of them: --multirun {text}.")
        return None
    if override.is_sweep_override() and not sweeps:
        hint = f"Quote the value: {redacted(quoted(text))}. For one job each: --multirun."
        return Problem("todo", "is several values", hint)
    if override.is_add() or override.is_force_add() or override.is_delete():
        return None
    return _unknown(override.key_or_group)


def _unknown(key: str) -> Problem | None:
    """The problem of a field that no configuration can have."""
    parts = key.split(".")
    if parts[0] == "hydra" or "/" in key:
        return None
    for length, part in enumerate(parts):
        known = known_fields(tuple(parts[:length]))
        if not known:
            return None
        if part not in known:
            near = nearest_field(part, known)
            hint = f"Did you mean '{near}'?" if near else f"Known here: {', '.join(known)}."
            return Problem("todo", f"unknown key '{part}'", hint)
    return None


def _primary(file: SourceFile, current: Reading) -> Iterator[Problem]:
    """A user's primary configuration has to build on registrar's own."""
    if file.problems:
        return
    seen: set[SourceFile] = set()
    pending = [file]
    while pending:
        at = pending.pop()
        seen.add(at)
        for name, mark in _bases(at):
            if name == BASE:
                return
            base = current.find(name)
            if base is None:
                known = [known for known in current.options("") if known != "config"]
                near = nearest(name, known)
                hint = f"Did you mean '{near}'?" if near else BUILD_ON_IT
                yield Problem("todo", f"no config '{name}'", hint).at(
                    file=at.shown, line=mark.line + 1, column=mark.column + 1
                )
                return
            if base not in seen and not base.problems:
                pending.append(base)
    problem = Problem("todo", "does not build on registrar's own defaults", BUILD_ON_IT)
    yield problem.at(file=file.shown, line=1, column=1)


def _bases(file: SourceFile) -> Iterator[tuple[str, yaml.Mark]]:
    """The configs, not the groups, that a file's defaults list names, and where."""
    pairs = file.root.value if isinstance(file.root, yaml.MappingNode) else []
    for key, value in pairs:
        if key.value == "defaults" and isinstance(value, yaml.SequenceNode):
            for entry in value.value:
                if isinstance(entry, yaml.ScalarNode) and entry.value != "_self_":
                    yield entry.value.lstrip("/").partition("@")[0], entry.start_mark

"""Hydra's errors as problems on one line: the nearest name, the quoted form, the place."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hydra.errors import ConfigCompositionException, MissingConfigException

from registrar.config.arguments import DEFAULT_COMMAND
from registrar.config.interpolation_limits import InterpolationLimitError
from registrar.config.layout import GROUPS
from registrar.config.override_checks import list_choices
from registrar.config.path_tests import is_file
from registrar.config.quoting import format_override, list_names, redact
from registrar.config.short_forms import command_fields
from registrar.errors import Problem
from registrar.text import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.arguments import Arguments
    from registrar.config.files import ConfigFiles
    from registrar.config.override import Override

__all__ = [
    "explain_exception",
    "explain_no_model",
    "explain_option",
    "explain_settings",
    "explain_usage",
    "first_line",
]

ADDRESS = re.compile(r"://|:[0-9]+(/|$)")
FIND_FOLDER = "change to the folder that holds configs/, or name it with --config-dir."


def explain_exception(error: Exception, arguments: Arguments, files: ConfigFiles) -> list[Problem]:
    """Return the problems behind an exception of Hydra."""
    absent = [
        (group, name)
        for group, name in list_choices(arguments)
        if not files.find(f"{group}/{name}")
    ]
    match error:
        case MissingConfigException(missing_cfg_file=str() as missing):
            group, _, name = missing.removesuffix(".yaml").partition("/")
            if group in GROUPS and (group, name) not in absent:
                absent.append((group, name))
            problems = [_explain_absent(group, name, files, arguments) for group, name in absent]
            return problems or [_explain_config(missing, files)]
        case _ if absent and "extension '.yml'" in str(error):  # since Hydra 1.4
            return [_explain_absent(group, name, files, arguments) for group, name in absent]
        case InterpolationLimitError():
            return [error.problem]
        case RecursionError():
            message = "a file includes itself, by its own defaults list or by those of other files"
            return [Problem("too-deep", message, "Remove the loop from the defaults lists.")]
        case ConfigCompositionException():
            return [_explain_composition(error, arguments, files)]
        case _:
            return [_explain_other(error)]


def explain_settings(error: Exception, settings: Sequence[Override]) -> Problem:
    """Return the problem of overrides of Hydra's own settings with which it cannot work."""
    given = ", ".join(redact(override.typed) for override in settings)
    name, line = type(error).__name__, first_line(error)
    reason = name if line == name else f"{name}: {line}"
    message = f"Hydra cannot work with {given} ({reason})"
    return Problem("composition-failed", message, "Correct it, or leave it out.")


def explain_usage(printed: str, arguments: Arguments) -> Problem:
    """Return what argparse printed, without the overrides that registrar added."""
    message = printed.strip().splitlines()[-1].partition("error: ")[2]
    unknown = [flag for flag in arguments.flags if flag in message.split()]
    if message.startswith("unrecognized arguments") and unknown:
        message = f"unknown flag {' '.join(unknown)}"
    return Problem("invalid-flag", redact(message), "See --help.")


def explain_no_model(files: ConfigFiles) -> Problem:
    """Return the problem of a command line that chooses no model, with the known names."""
    known = files.list_models()
    if known:
        every = ", or all with models=all" if len(known) > 1 else ""
        hint = f"Choose one with model=NAME{every}. Known: {list_names(known)}."
        return Problem("no-model-chosen", "no model chosen", hint)
    message = f"no model chosen, and no {files.folder}/model/NAME.yaml here"
    return Problem("no-model-chosen", message, f"Make one with registrar init, {FIND_FOLDER}")


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's message, without secrets."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return redact(lines[0]) if lines else type(error).__name__


def explain_option(group: str, name: str, files: ConfigFiles) -> Problem:
    """Return the problem of an option that its group does not have, with the nearest name."""
    name = redact(name).removesuffix(".yaml")
    message = f"no {group} '{name}'"
    for folder in files.folders:
        if is_file(folder / group / f"{name}.yml"):
            hint = f"Rename {group}/{name}.yml to {name}.yaml."
            return Problem("unknown-config", message, hint)
    known = files.list_models() if group == "model" else files.list_options(group)
    if not known:
        message += f": there is no {files.folder}/{group}/{name}.yaml here"
        return Problem("unknown-config", message, f"Make it with registrar init, {FIND_FOLDER}")
    if (group, name) == ("model", "all"):
        return Problem("unknown-config", message, "For all models: models=all.")
    base = name.rpartition("/")[2]
    suggestion = nearest(name, known) or (base if base in known else None)
    hint = f"Known: {list_names(known)}."
    if group == "server" and ADDRESS.search(name):
        hint += (
            " Write an address as server.tracking_uri=URI,"
            f" or as tracking_uri into {files.folder}/server/NAME.yaml."
        )
    elif group == "server" and not suggestion:
        hint += f" To add it, write its tracking_uri into {files.folder}/server/{name}.yaml."
    return Problem("unknown-config", message, hint, suggestion=suggestion)


def _explain_absent(group: str, name: str, files: ConfigFiles, arguments: Arguments) -> Problem:
    """Return the problem of an option; a command may be about a model that has no file."""
    problem = explain_option(group, name, files)
    if (group, name) not in list_choices(arguments):
        return _explain_default(problem, group, name, files)
    if group != "model" or "name" not in command_fields(arguments.command or DEFAULT_COMMAND):
        return problem
    hint = f"{problem.hint or ''} A registered model that has no file: name={redact(name)}."
    return replace(problem, hint=hint.strip())


def _explain_default(problem: Problem, group: str, name: str, files: ConfigFiles) -> Problem:
    """Return the problem of an option at the place of the defaults list that names it."""
    from registrar.config.inclusions import find_inclusion  # for an error alone

    found = find_inclusion(f"{group}/{name}", files)
    if found is None:
        return problem
    file, mark = found
    beside = posixpath.join(posixpath.basename(posixpath.dirname(file.display_path)), name)
    if files.find(f"{group}/{beside}"):
        hint = f"A defaults list counts from the folder {group}: write {beside}@_here_."
        problem = replace(problem, hint=hint, suggestion=None)
    return file.place(problem, mark)


def _explain_config(name: str, files: ConfigFiles) -> Problem:
    folder, _, _ = name.rpartition("/")
    known = files.list_options(folder)
    hint = f"Known: {list_names(known)}." if known else "Correct the name."
    return Problem("unknown-config", f"no config '{redact(name)}'", hint)


def _explain_composition(error: Exception, arguments: Arguments, files: ConfigFiles) -> Problem:
    """Return the problem of an override that does not fit, or of an invalid defaults list."""
    lines = [first_line(part) for part in (error, error.__cause__) if part is not None]
    for override in arguments.overrides:
        key = rf"(?<![\w.]){re.escape(override.full_key)}(?![\w.])"
        if any(re.search(key, line) for line in lines):
            has_no_model = any("'model' is not in struct" in line for line in lines)
            return _explain_override(override, files, has_no_model=has_no_model)
    return _explain_other(error)


def _explain_override(override: Override, files: ConfigFiles, *, has_no_model: bool) -> Problem:
    key, value = override.full_key, override.value or ""
    if override.is_removal:
        problem = Problem("no-such-value", "there is no value to remove", "Leave the override out.")
    elif key in GROUPS:
        return explain_option(key, value, files)
    elif has_no_model:
        return explain_no_model(files)
    elif override.sign:
        hint = f"Change it with {redact(format_override(key, value))}."
        problem = Problem("value-exists", "there is a value already", hint)
    else:
        hint = f"Add it with {redact(format_override(f'+{key}', value))}."
        problem = Problem("no-such-value", "there is no value to change", hint)
    return problem.at(override=redact(override.typed))


def _explain_other(error: Exception) -> Problem:
    message = first_line(error)
    if match := re.match(r"Multiple values for (\S+)\. To override .* use '(.+)'", message):
        hint = f"Write {{{match[2]}}} in the later one."
        message = f"{match[1]} is chosen twice in the defaults lists"
        return Problem("duplicate-choice", message, hint)
    return Problem("composition-failed", first_line(error.__cause__ or error))

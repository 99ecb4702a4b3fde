"""What Hydra refuses, in one line: the nearest name, the quoted form, where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hydra.errors import ConfigCompositionException, MissingConfigException

from registrar.config.files import GROUPS
from registrar.config.override_checks import choices
from registrar.config.quoting import listed, redacted, with_value
from registrar.errors import Problem
from registrar.text import nearest

if TYPE_CHECKING:
    from registrar.config.arguments import Arguments
    from registrar.config.files import Reading

__all__ = ["explain", "explain_usage", "first_line", "no_model"]

NO_FOLDER = "Make it, change to the folder that holds configs/, or name it with --config-dir."


def explain(error: Exception, arguments: Arguments, current: Reading) -> list[Problem]:
    """The problems behind an exception of Hydra."""
    absent = [
        (group, name) for group, name in choices(arguments) if not current.find(f"{group}/{name}")
    ]
    match error:
        case MissingConfigException(missing_cfg_file=str() as missing):
            group, _, name = missing.removesuffix(".yaml").partition("/")
            if group in GROUPS and (group, name) not in absent:
                absent.append((group, name))
            found = [_no_such(group, name, current) for group, name in absent]
            return found or [_no_config(missing, current)]
        case _ if absent and "extension '.yml'" in str(error):  # since Hydra 1.4
            return [_no_such(group, name, current) for group, name in absent]
        case ConfigCompositionException():
            return [_composition(error, arguments, current)]
        case _:
            return [_other(error)]


def explain_usage(printed: str, arguments: Arguments) -> Problem:
    """What argparse says, without the overrides that were added to the command line."""
    message = printed.strip().splitlines()[-1].partition("error: ")[2]
    unknown = [flag for flag in arguments.flags if flag in message.split()]
    if message.startswith("unrecognized arguments") and unknown:
        message = f"unknown flag {' '.join(unknown)}"
    return Problem("todo", redacted(message), "See --help.")


def no_model(current: Reading) -> Problem:
    """The problem of a command line that chooses no model, with the names there are."""
    known = current.options("model")
    if not known:
        message = "no model chosen, and no configs/model/NAME.yaml here"
        return Problem("todo", message, NO_FOLDER.replace("it,", "one,", 1))
    return Problem("todo", "no model chosen", f"Say model=NAME. Known: {listed(known)}.")


def first_line(error: BaseException) -> str:
    """The first line of its message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return redacted(lines[0]) if lines else type(error).__name__


def _no_such(group: str, name: str, current: Reading) -> Problem:
    """The problem of an option that its group does not have, with the nearest names."""
    name = redacted(name)
    for folder in current.folders:
        if (folder / group / f"{name}.yml").is_file():
            return Problem(
                "todo", f"no {group} '{name}'", f"Rename {group}/{name}.yml to {name}.yaml."
            )
    known = current.options(group)
    if not known:
        return Problem(
            "todo", f"no {group} '{name}': there is no configs/{group}/{name}.yaml here", NO_FOLDER
        )
    base = name.rpartition("/")[2]
    near = nearest(name, known) or (base if base in known else None)
    hint = f"Did you mean '{near}'? " if near else ""
    return Problem("todo", f"no {group} '{name}'", f"{hint}Known: {listed(known)}.")


def _no_config(name: str, current: Reading) -> Problem:
    folder, _, _ = name.rpartition("/")
    known = current.options(folder)
    hint = f"Known: {listed(known)}." if known else "Correct the name."
    return Problem("todo", f"no config '{redacted(name)}'", hint)


def _composition(error: Exception, arguments: Arguments, current: Reading) -> Problem:
    """An override of something that is not there, or a defaults list that is not one."""
    lines = [first_line(part) for part in (error, error.__cause__) if part is not None]
    for override in arguments.overrides:
        key, _, value = override.lstrip("+~").partition("=")
        if not any(re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])", line) for line in lines):
            continue
        if override.startswith("~"):
            return Problem("todo", "there is nothing to remove", "Take it out.").at(
                override=redacted(override)
            )
        if key in GROUPS:
            return _no_such(key, value, current)
        if any("'model' is not in struct" in line for line in lines):
            return no_model(current)
        if override.startswith("+"):
            hint = f"Change it with {redacted(with_value(key, value))}."
            problem = Problem("todo", "there is a value already", hint)
            return problem.at(override=redacted(override))
        hint = f"Add it with {redacted(with_value(f'+{key}', value))}."
        problem = Problem("todo", "there is no value to change", hint)
        return problem.at(override=redacted(override))
    return _other(error)


def _other(error: Exception) -> Problem:
    message = first_line(error)
    if several := re.match(r"Multiple values for (\S+)\. To override .* use '(.+)'", message):
        hint = f"Write {{{several[2]}}} in the later one."
        return Problem("todo", f"{several[1]} is chosen twice in the defaults lists", hint)
    return Problem("todo", first_line(error.__cause__ or error))

"""`show model=iris` where no file declares iris: the registered model of that name is meant."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.config.override import parse_override
from registrar.config.path_tests import is_file

if TYPE_CHECKING:
    from registrar.config.arguments import Arguments
    from registrar.config.files import ConfigFiles

__all__ = ["with_registered_name"]

READING = {"show", "verify", "dump", "catalogue", "history"}  # they change nothing on the server
NAME = re.compile(r"[A-Za-z_][\w. -]*")
NO_NAMES = {"null", "all"}


def with_registered_name(arguments: Arguments, files: ConfigFiles) -> Arguments:
    """Return the arguments; a model that has no file becomes the name of a registered one.

    Only for a command that reads, and where nothing else is said of the model.
    """
    command = arguments.command
    chosen = [override for override in arguments.overrides if override.key == "model"]
    if command not in READING or len(chosen) != 1 or arguments.is_sweep:
        return arguments
    (model,) = chosen
    name, field = model.plain_value, f"{command}.name"
    is_name = NAME.fullmatch(name) is not None and name not in NO_NAMES
    is_alone = not any(
        override.key in {"models", field} or override.key.startswith("model.")
        for override in arguments.overrides
    )
    if not (is_name and is_alone) or model.full_key != "model" or model.is_removal:
        return arguments
    if files.find_path(f"model/{name}") is not None or _has_other_ending(name, files):
        return arguments
    named = replace(parse_override(f"{field}={model.value}"), typed=model.typed)
    overrides = tuple(named if override is model else override for override in arguments.overrides)
    return replace(arguments, overrides=overrides)


def _has_other_ending(name: str, files: ConfigFiles) -> bool:
    """Return whether a file of that name exists, which Hydra does not read."""
    return any(is_file(folder / "model" / f"{name}.yml") for folder in files.folders)

"""Many models in one run: `models=all`, a list, or patterns.

Hydra composes the base, and one model of each folder. Another plain file differs from that only in
what it holds, so it is read and put in its place: the same configuration at a fortieth of the time.
Files that say more to Hydra than their values are composed by it, one by one.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import importlib
import re
from typing import TYPE_CHECKING, Any

import yaml

from registrar.config.files import LOADER, PACKAGED, scalars
from registrar.config.origin import misread_in
from registrar.config.scalars import is_odd
from registrar.errors import Problem
from registrar.text import has_surrogate, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from registrar.config.arguments import Arguments
    from registrar.config.origin import Origin
    from registrar.text import KeyPath

__all__ = ["Plain", "is_simple", "names", "read_plain", "same_order"]

# What makes more of a file than its values: interpolations, Hydra's headers, YAML's own machinery.
SPECIAL = re.compile(r"\$|\?\?\?|!!|<<|^\s*#.*@", re.MULTILINE)
ENVIRONMENT = re.compile(r"\$\{oc\.env:[^${}]*\}")
STRING = "tag:yaml.org,2002:str"


class Plain:
    """The model of a plain file, and the values in it that lost something when they were read."""

    __slots__ = ("lost", "model")

    def __init__(self, model: dict[str, Any], lost: tuple[tuple[KeyPath, Problem], ...]) -> None:
        self.model = model
        self.lost = lost


def names(wanted: Any, known: Sequence[str]) -> tuple[list[str], list[Problem]]:
    """The models that `models` means, each once, and what is wrong with it."""
    if wanted == "all":
        if known:
            return list(known), []
        hint = "Make configs/model/NAME.yaml, or change to the folder that holds configs/."
        return [], [Problem("todo", "there are no models here", hint)]
    patterns = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
        hint = "Write models=all, models=[NAME,NAME] or models='PATTERN-*'."
        return [], [Problem("todo", "is no name, pattern or list of them", hint)]
    found: dict[str, None] = {}
    problems: list[Problem] = []
    for pattern in patterns:
        if set(pattern) & set("*?["):
            some = fnmatch.filter(known, pattern)
            hint = "See the models with --help."
            problem = Problem("todo", f"no model matches '{pattern}'", hint)
        else:
            some = [pattern] if pattern in known else []
            near = nearest(pattern, list(known))
            hint = f"Did you mean '{near}'?" if near else "See the models with --help."
            problem = Problem("todo", f"no model '{pattern}'", hint)
        found |= dict.fromkeys(some)
        problems += [] if some else [problem]
    return list(found), problems


def is_simple(arguments: Arguments, base: Mapping[str, Any], origin: Origin) -> bool:
    """Whether a model's file changes nothing of the base, and the base nothing of a model."""
    if "model" in base:
        return False
    for override in arguments.overrides:
        key = override.lstrip("+~").partition("=")[0]
        if key.partition("@")[2].startswith("model") or re.match(r"(model|hydra)\b", key):
            return False
        if "${" in ENVIRONMENT.sub("", override):
            return False
    for file, _ in origin.files:
        if not file.path.is_relative_to(PACKAGED) and (
            "$" in ENVIRONMENT.sub("", file.text) or re.search(r"^hydra\b", file.text, re.MULTILINE)
        ):
            return False
    return True


def read_plain(path: Path, beside: Callable[[dict[str, Any]], dict[str, Any]]) -> Plain | None:
    """The file's model as OmegaConf would read it; None for a file that Hydra has to compose."""
    try:
        text = path.read_bytes().decode()
        if SPECIAL.search(text) or _loader() is None:
            return None
        loader = _loader()(text)
        try:
            root = loader.get_single_node()
            if not isinstance(root, yaml.MappingNode) or not _is_plain(root):
                return None
            if any(key.value == "defaults" for key, _ in root.value):
                return None
            model = loader.construct_document(root)
        finally:
            loader.dispose()
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError):
        return None
    odd = any(not node.style and is_odd(node.value) for node in scalars(root))
    lost = tuple(misread_in(root, {"model": model})) if odd else ()
    return Plain(beside(model), lost)


def same_order(template: Mapping[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    """A composed configuration with another model."""
    return {key: model if key == "model" else value for key, value in template.items()}


def _is_plain(node: yaml.Node) -> bool:
    """Whether all keys are text, once each, and no part is written by reference."""
    match node:
        case yaml.MappingNode():
            keys = [key.value for key, _ in node.value]
            texts = all(
                isinstance(key, yaml.ScalarNode) and key.tag == STRING for key, _ in node.value
            )
            return (
                texts and len(set(keys)) == len(keys) and all(_is_plain(v) for _, v in node.value)
            )
        case yaml.SequenceNode():
            return all(map(_is_plain, node.value))
        case _:
            return not has_surrogate(node.value)


@functools.cache
def _loader() -> Any:
    """OmegaConf's rules for scalars, on the parser in C; None where OmegaConf has them elsewhere."""
    for module in ("omegaconf._yaml", "omegaconf._utils"):  # since 2.4, and before: no public place
        with contextlib.suppress(ImportError, AttributeError):
            rules = importlib.import_module(module).get_yaml_loader().yaml_implicit_resolvers
            return type("_Loader", (LOADER,), {"yaml_implicit_resolvers": rules})
    return None

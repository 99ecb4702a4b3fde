"""Many models in one run: `models=all`, a list of names, or patterns.

Files without Hydra features are loaded directly, 40 times as fast; the others are composed by
Hydra, one by one. Hydra also composes the first model of each folder, to see that both ways agree.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from registrar.config.files import PACKAGED
from registrar.config.misread_values import find_misread_in_file
from registrar.config.quoting import list_names
from registrar.config.scalars import is_odd
from registrar.content.yaml_loader import SAFE_LOADER, compose_yaml
from registrar.errors import Problem
from registrar.text import has_surrogate, nearest, share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from registrar.config.arguments import Arguments
    from registrar.config.origin import Origin
    from registrar.text import KeyPath

__all__ = [
    "can_skip_hydra",
    "chooses_many",
    "deletes_undeclared",
    "explain_no_models",
    "is_apply_of_plan",
    "read_plain_model",
    "select_models",
    "selects_changed",
    "with_model",
]

# Hydra features in a file: interpolations, missing values, headers, YAML tags and merge keys.
HYDRA_MARKS = ("$", "???", "!!", "<<")
HYDRA_HEADER = re.compile(r"^\s*#.*@", re.MULTILINE)
NEED_HYDRA = {"defaults", "_target_"}  # a list of files, and the mark of another app's file
ENVIRONMENT = re.compile(r"\$\{oc\.env:[^${}]*\}")
CHANGED = "changed"  # `models=changed`: those that the files of a branch touch
PATTERN_CHARACTERS = set("*?[")
LONG_SCALAR = 100  # characters; a longer one is not remembered
TEXT_TAG, MAP_TAG, LIST_TAG = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


@dataclass(frozen=True, slots=True)
class PlainModel:
    """A model that was loaded without Hydra. `misread` are the values that lost something."""

    model: dict[str, Any]
    misread: tuple[tuple[KeyPath, Problem], ...]


def chooses_many(config: Mapping[str, Any]) -> bool:
    """Return whether a configuration has its models from the field `models`, or from a plan file.

    `delete.undeclared` needs all files as well: only they tell what no file declares.
    """
    return (
        config.get("models") is not None or is_apply_of_plan(config) or deletes_undeclared(config)
    )


def deletes_undeclared(config: Mapping[str, Any]) -> bool:
    """Return whether a configuration deletes what no file declares."""
    delete = config.get("delete")
    if config.get("command") != "delete" or not isinstance(delete, dict):
        return False
    return delete.get("undeclared") is True


def is_apply_of_plan(config: Mapping[str, Any]) -> bool:
    """Return whether a configuration performs the plan of a file."""
    return config.get("plan") is not None and config.get("command", "apply") == "apply"


def selects_changed(config: Mapping[str, Any]) -> bool:
    """Return whether a configuration has the models that a branch touches."""
    return config.get("models") == CHANGED and not is_apply_of_plan(config)


def explain_no_models() -> Problem:
    """Return the problem of a folder without configurations of models."""
    hint = "Make one with registrar init, or change to the folder that holds configs/."
    return Problem("no-models", "there are no models here", hint)


def select_models(
    models: Any, known: Sequence[str], is_shared: Callable[[str], bool]
) -> tuple[list[str], list[Problem]]:
    """Return the names that the field `models` selects, each once, and what is wrong with it.

    A file that `is_shared` among models is selected only by its own name.
    """
    if models in ("all", CHANGED):
        names = [name for name in known if not is_shared(name)]
        return names, [] if names or models == CHANGED else [explain_no_models()]
    patterns = [models] if isinstance(models, str) else models
    if not isinstance(patterns, list) or not all(isinstance(item, str) for item in patterns):
        hint = "Write models=all, models=[NAME,NAME] or models='PATTERN-*'."
        return [], [Problem("wrong-type", "is not a name, a pattern or a list of them", hint)]
    selected: dict[str, None] = {}
    problems: list[Problem] = []
    for pattern in patterns:
        names = _match(pattern, known, is_shared)
        selected |= dict.fromkeys(names)
        if not names:
            problems.append(_explain_no_match(pattern, known))
    return list(selected), problems


def can_skip_hydra(arguments: Arguments, base: Mapping[str, Any], origin: Origin) -> bool:
    """Return whether a model and the rest of its configuration are independent of each other."""
    if "model" in base:
        return False
    for override in arguments.overrides:
        if (override.package or "").startswith("model"):
            return False
        if override.parts[:1] in {("model",), ("hydra",)} or override.key.startswith("hydra/"):
            return False
        if "${" in ENVIRONMENT.sub("", override.text):
            return False
    for file, _ in origin.files:
        if not file.path.is_relative_to(PACKAGED) and (
            "${" in ENVIRONMENT.sub("", file.text)
            or re.search(r"^hydra\b", file.text, re.MULTILINE)
        ):
            return False
    return True


def read_plain_model(content: bytes) -> PlainModel | None:
    """Return a file's model as OmegaConf would read it; None for a file that needs Hydra."""
    try:
        text = content.decode()
        loader_class = _find_loader()
        if loader_class is None or _has_hydra_features(text):
            return None
        loader = loader_class(text)
        try:
            root = compose_yaml(text, loader)
            if not isinstance(root, yaml.MappingNode):
                return None
            odd: list[yaml.ScalarNode] = []
            model = _construct(root, loader, odd)
        finally:
            loader.dispose()
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError):
        return None
    if not NEED_HYDRA.isdisjoint(model):
        return None
    misread = tuple(find_misread_in_file(root, {"model": model})) if odd else ()
    return PlainModel(model, misread)


def with_model(config: Mapping[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    """Return a composed configuration with another model, its fields in the same order."""
    return {**config, "model": model}


def _match(pattern: str, known: Sequence[str], is_shared: Callable[[str], bool]) -> list[str]:
    if PATTERN_CHARACTERS & set(pattern):
        return [name for name in fnmatch.filter(known, pattern) if not is_shared(name)]
    return [pattern] if pattern in known else []


def _explain_no_match(pattern: str, known: Sequence[str]) -> Problem:
    hint = f"Known: {list_names(sorted(known))}." if known else "See the models with --help."
    if PATTERN_CHARACTERS & set(pattern):
        return Problem("unknown-config", f"no model matches '{pattern}'", hint)
    suggestion = nearest(pattern, ["all", CHANGED, *known])
    message = f"no model '{pattern}'"
    return Problem("unknown-config", message, None if suggestion else hint, suggestion=suggestion)


def _has_hydra_features(text: str) -> bool:
    if any(mark in text for mark in HYDRA_MARKS):
        return True
    return "@" in text and HYDRA_HEADER.search(text) is not None


def _construct(node: yaml.Node, loader: Any, odd: list[yaml.ScalarNode]) -> Any:
    """Return the value of a node; add the scalars in it that may be misread to `odd`.

    It takes half the time of the loader's own way. Raises ValueError for a node that needs Hydra:
    a key that is not text, or that is there twice, a tag, and half of a surrogate pair.
    """
    if isinstance(node, yaml.ScalarNode):
        text = node.value
        if not text.isascii() and has_surrogate(text):
            raise ValueError
        if not node.style and is_odd(text):
            odd.append(node)
        return text if node.tag == TEXT_TAG else loader.construct_object(node)
    if node.tag == MAP_TAG:
        values: dict[str, Any] = {}
        for key, item in node.value:
            if key.tag != TEXT_TAG or key.value in values:
                raise ValueError
            values[share(key.value)] = _construct(item, loader, odd)
        return values
    if node.tag == LIST_TAG:
        return [_construct(item, loader, odd) for item in node.value]
    raise ValueError


@functools.cache
def _find_loader() -> Any:
    """Return a loader with OmegaConf's rules for scalars on the parser in C.

    OmegaConf has no public place for its rules. Where they are not found, the value is None, and
    Hydra composes every model.
    """
    for module in ("omegaconf._yaml", "omegaconf._utils"):  # since 2.4, and before
        with contextlib.suppress(ImportError, AttributeError):
            rules = importlib.import_module(module).get_yaml_loader().yaml_implicit_resolvers
            return type("_Loader", (SAFE_LOADER,), {"resolve": _resolver(rules)})
    return None


def _resolver(rules: Mapping[str | None, Sequence[tuple[str, re.Pattern[str]]]]) -> Any:
    """Return the loader's method that gives the tag of a node; most scalars are there many times."""

    def find_tag(text: str) -> str:
        known = (*rules.get(text[:1], ()), *rules.get(None, ()))
        return next((tag for tag, form in known if form.match(text)), TEXT_TAG)

    find_known_tag = functools.lru_cache(maxsize=4096)(find_tag)

    def resolve(loader: Any, kind: type[yaml.Node], value: str, implicit: Any) -> str:
        del loader
        if kind is yaml.ScalarNode:
            if not implicit[0]:
                return TEXT_TAG
            return find_known_tag(value) if len(value) < LONG_SCALAR else find_tag(value)
        return MAP_TAG if kind is yaml.MappingNode else LIST_TAG

    return resolve

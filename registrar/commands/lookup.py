"""The models on the server that `show`, `dump`, `delete`, `verify` and `promote` are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.commands.selection import Selection, is_pattern
from registrar.errors import NotFoundError, Problem
from registrar.text import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.config.job import Job
    from registrar.registry import Registry
    from registrar.state import ObservedModel, ObservedVersion

__all__ = ["chosen_names", "one_version", "selected"]


def chosen_names(jobs: Sequence[Job], node: Mapping[str, Any]) -> list[str] | None:
    """The models that a command names itself, else those of the configuration; None for all."""
    if node.get("name"):
        return [str(node["name"])]
    return [job.config["model"]["name"] for job in jobs if "model" in job.config] or None


def selected(
    registry: Registry,
    names: Sequence[str] | None,
    node: Mapping[str, Any],
    *,
    literal: bool = False,
) -> tuple[tuple[ObservedModel, ...], Selection]:
    """The models that are meant, and what is asked of them.

    Raises NotFoundError for a name that the registry does not have; a pattern may find nothing.
    """
    if names is None or (not literal and any(map(is_pattern, names))):
        selection = Selection.of({**node, "name": names[0] if names else None})
        return selection.models(registry.observe(None).values()), selection
    found = registry.observe(names)
    NotFoundError.raise_for(
        _missing(name, registry) for name in names if name not in found or found[name].is_prompt
    )
    return tuple(found[name] for name in names), Selection.of(node)


def one_version(model: ObservedModel, selection: Selection, where: str) -> ObservedVersion:
    """The version that is named by number or alias. Raises NotFoundError with those there are."""
    for version in selection.versions(model).versions:
        return version
    if selection.alias is not None:
        known = ", ".join(sorted(model.aliases))
        what = f"no version with the alias '{selection.alias}'"
    else:
        known = _ranges(sorted(version.number for version in model.versions))
        what = f"no version {selection.version}"
    hint = f"There are: {known}." if known else "There are none."
    raise NotFoundError(Problem("todo", f"{model.name} has {what} on {where}", hint))


def _missing(name: str, registry: Registry) -> Problem:
    """The problem of a name that no model has, with the nearest that one has."""
    known = sorted(registry.observe(None))
    near = nearest(name, known)
    hint = f"Did you mean '{near}'?" if near else f"There are {len(known)} models; see 'show'."
    return Problem(
        "todo", f"there is no registered model '{name}' on {registry.server.registry_uri}", hint
    )


def _ranges(numbers: list[int]) -> str:
    """`1-3, 5`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)

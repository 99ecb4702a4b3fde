"""`delete`: one version or one model, after a question, and never what an alias points to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from registrar.commands.lookup import chosen_names
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.policy import protection
from registrar.report import Report
from registrar.report.results import Deletion
from registrar.text import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Registry
    from registrar.state import ObservedModel

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """The version or model is gone; it may have been gone before.

    Raises RefusedError where an alias points to it, it is another owner's, or nobody said yes.
    """
    from registrar.registry import connect

    config = jobs[0].config
    node = config["delete"]
    (name,) = _one_name(jobs, node)
    number = node.get("version")
    with connect(config["server"], writes=False) as backend:
        registry = backend.registry
        model = _present(registry, name, number)
        if model is not None:
            RefusedError.raise_for(_refusals(model, number, config))
            if not node.get("yes"):
                _ask(model, number, registry.server.registry_uri)
                # While the question stood, somebody may have pointed an alias there.
                model = _present(registry, name, number)
                RefusedError.raise_for(_refusals(model, number, config) if model else ())
        if model is not None:
            interrupt.hold()
            if number is None:
                registry.delete_model(name)
            else:
                registry.delete_version(name, number)
    done = Deletion(registry.server, name, number, was_there=model is not None)
    return Report("delete", payload=done, notes=backend.notes)


def _one_name(jobs: Sequence[Job], node: Mapping[str, Any]) -> list[str]:
    names = chosen_names(jobs, node) or []
    if len(names) != 1:
        raise ConfigError(Problem("todo", "delete takes one model", "Delete them one by one."))
    return names


def _present(registry: Registry, name: str, number: int | None) -> ObservedModel | None:
    """The model if it has what is to be deleted. Raises RefusedError for a prompt."""
    model = registry.observe([name]).get(name)
    if model is None:
        return None
    if model.is_prompt:
        message = f"'{name}' is the name of a prompt on this server"
        raise RefusedError(Problem("todo", message, "registrar does not manage prompts."))
    there = number is None or any(version.number == number for version in model.versions)
    return model if there else None


def _refusals(
    model: ObservedModel, number: int | None, config: Mapping[str, Any]
) -> Iterator[Problem]:
    """Why it may not be deleted."""
    declared = config.get("model", {})
    allowed = config.get("apply", {})
    if not allowed.get("allow_takeover", False):
        yield from protection.takeover(model, declared.get("owner"))
    aliases = sorted(alias for alias, to in model.aliases.items() if number in {None, to})
    protected = declared.get("registered_model", {}).get("protected_aliases", ())
    for alias in aliases:
        if alias in protected and alias not in allowed.get("allow_protected", ()):
            yield Problem(
                "todo",
                f"{model.name}: the alias '{alias}' is protected and would be gone",
                f"Allow it with 'apply.allow_protected=[{alias}]'.",
            )
    if aliases and not config["delete"].get("force"):
        points = ", ".join(f"{alias} -> {model.aliases[alias]}" for alias in aliases)
        yield Problem(
            "todo",
            f"{model.name}: aliases point to what would be gone: {points}",
            "Move them first, or say delete.force=true: they go with it.",
        )


def _ask(model: ObservedModel, number: int | None, where: str) -> None:
    """Somebody at a terminal has said yes. Raises RefusedError."""
    count = len(model.versions)
    what = f"version {number}" if number else f"all {plural(count, 'version')}"
    message = f"{model.name}: {what} would be deleted from {where}, for good"
    if not (sys.stdin and sys.stdin.isatty()):
        raise RefusedError(Problem("todo", message, "Say delete.yes=true."))
    print(printable(f"{message}. Delete? [y/N] "), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise RefusedError(Problem("todo", "not confirmed; nothing was deleted"))

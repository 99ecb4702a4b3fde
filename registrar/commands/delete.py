"""`delete`: delete one version or one model, after a question, within the guards."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from registrar.commands.selection import single_name
from registrar.config.spec import owner_of
from registrar.errors import Problem, RefusedError
from registrar.policy.protection import deletion_problems, owner_problems
from registrar.registry import connect
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
    """Delete the version, or the model with all its versions, if it exists.

    Raises RefusedError where an alias points to it, another owner manages it, or nobody confirms.
    """
    config = jobs[0].config
    node = config["delete"]
    name = single_name(jobs, "delete")
    number = node.get("version")
    with connect(config["server"], writes=False, stop=interrupt.is_pending) as backend:
        registry = backend.registry
        model = _find(registry, name, number)
        if model is not None:
            RefusedError.raise_for(_refusals(model, number, config))
            if not node.get("yes"):
                _confirm(model, number, registry.server.registry_uri)
                # While the question waited, somebody may have moved an alias there.
                model = _find(registry, name, number)
                RefusedError.raise_for(_refusals(model, number, config) if model else ())
        if model is not None:
            interrupt.hold()
            if number is None:
                registry.delete_model(name)
            else:
                registry.delete_version(name, number)
    deletion = Deletion(registry.server, name, number, existed=model is not None)
    return Report("delete", payload=deletion, notes=backend.notes)


def _find(registry: Registry, name: str, number: int | None) -> ObservedModel | None:
    """Return the model, or None where the model or its version does not exist.

    Raises RefusedError for a prompt.
    """
    model = registry.observe([name]).get(name)
    if model is None:
        return None
    if model.is_prompt:
        message = f"'{name}' is the name of a prompt on this server"
        hint = "registrar does not manage prompts."
        raise RefusedError(Problem("name-of-a-prompt", message, hint))
    exists = number is None or any(version.number == number for version in model.versions)
    return model if exists else None


def _refusals(
    model: ObservedModel, number: int | None, config: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield each reason why the version, or the model, must not be deleted."""
    declared = config.get("model", {})
    permissions = config.get("apply", {})
    if not permissions.get("allow_takeover", False):
        yield from owner_problems(model, owner_of(config))
    aliases = sorted(alias for alias, target in model.aliases.items() if number in {None, target})
    yield from deletion_problems(
        model,
        number,
        declared=declared.get("registered_model", {}).get("protected_aliases", ()),
        allow_protected=permissions.get("allow_protected", ()),
    )
    if aliases and not config["delete"].get("force"):
        targets = ", ".join(f"{alias} -> {model.aliases[alias]}" for alias in aliases)
        yield Problem(
            "alias-in-use",
            f"{model.name}: aliases point to what would be deleted: {targets}",
            "Move them first, or delete them as well with delete.force=true.",
        )


def _confirm(model: ObservedModel, number: int | None, registry_uri: str) -> None:
    """Ask a person at a terminal. Raises RefusedError without a terminal, or without a yes."""
    target = f"version {number}" if number else f"all {plural(len(model.versions), 'version')}"
    message = f"{model.name}: {target} would be deleted from {registry_uri}, for good"
    if not (sys.stdin and sys.stdin.isatty()):
        raise RefusedError(Problem("not-confirmed", message, "Confirm it with delete.yes=true."))
    print(printable(f"{message}. Delete? [y/N] "), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise RefusedError(Problem("not-confirmed", "not confirmed: nothing was deleted"))

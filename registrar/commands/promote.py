"""`promote`: a version under another name, or with its bytes on another server."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.changes.diff import diff
from registrar.commands.apply import carry_out
from registrar.commands.selection import (
    ExactNames,
    Filters,
    find_version,
    select_models,
    single_name,
)
from registrar.content.digest import parsed, registered
from registrar.content.directory import content_digest, files, manifest
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.execution.executor import Executor
from registrar.locator import Locator
from registrar.policy import protection
from registrar.state import DesiredModel, DesiredVersion, Plan, Source, user_tags
from registrar.text import canonical_json
from registrar.uris import REFERENCE, canonical_uri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Registry
    from registrar.report import Report
    from registrar.state import ModelPlan, ObservedModel, ObservedVersion

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """The version is registered at its target, once, or what that would change is reported.

    Raises RefusedError where the stored bytes are not those that were registered, NotFoundError
    where there is no such version, ServerError.
    """
    from registrar.registry import connect

    config = jobs[0].config
    node = config["promote"]
    name = _source_name(jobs, node)
    target = node.get("as") or name
    to = node.get("to") or config["server"]
    moves = _place(to) != _place(config["server"])
    if not moves and target == name:
        message = f"{name} would be promoted onto itself"
        raise ConfigError(
            Problem("todo", message, "Say promote.as=NAME, or promote.to=server/NAME.")
        )
    with tempfile.TemporaryDirectory(prefix="registrar-") as folder:
        with connect(config["server"], writes=False) as backend:
            ours = _Promotion.read(jobs, backend.registry)
            origin = None if moves else _pointer(backend, ours)
            notes = backend.notes
        with connect(to, writes=not node.get("dry_run")) as backend:
            registry = backend.registry
            observed = registry.observe([target]).get(target)
            if origin is None:
                origin = ours.present(observed) or _fetched(config["server"], ours, Path(folder))
            plan = Plan(registry.server, (_planned(jobs[0], ours, target, origin, observed),))
            if any(change.uploads for change in plan.changes):
                backend.store.check_upload_target()
            said = tuple(dict.fromkeys((*notes, *backend.notes)))
            executor = Executor(backend, interrupt)
            return carry_out(plan, config, executor, notes=said)


@dataclass(frozen=True, slots=True)
class _Promotion:
    """What is promoted: a version, its model, and the registry it is in."""

    model: ObservedModel
    version: ObservedVersion
    where: str

    @classmethod
    def read(cls, jobs: Sequence[Job], registry: Registry) -> _Promotion:
        """The version that the command names. Raises NotFoundError."""
        node = jobs[0].config["promote"]
        where = registry.server.registry_uri
        (model,) = select_models(registry, ExactNames((_source_name(jobs, node),)))
        return cls(model, find_version(model, Filters.parse(node), where), where)

    @property
    def uri(self) -> str:
        """The version within its registry."""
        return f"models:/{self.model.name}/{self.version.number}"

    @property
    def place(self) -> str:
        """The version as another registry knows it."""
        return f"{self.uri} at {self.where}"

    @property
    def copied(self) -> bool:
        """Whether its digest is that of its bytes, and stays the same when they are copied."""
        digest = self.version.digest
        return digest is not None and not digest.startswith(REFERENCE)

    @property
    def lineage(self) -> list[Any]:
        """Where the promoted version comes from, the first place first."""
        hop = {
            "registry": self.where,
            "name": self.model.name,
            "version": self.version.number,
            "digest": self.version.digest,
            "run_id": self.version.run_id,
        }
        return [*_hops(self.version), hop]

    def present(self, observed: ObservedModel | None) -> Source | None:
        """The promoted version where the target has it already.

        A reference gets a content digest only when its bytes are copied: the lineage tells which.
        """
        for other in observed.versions if observed else ():
            same = self.copied and other.digest == self.version.digest
            if other.digest and (same or _hops(other)[-1:] == self.lineage[-1:]):
                return Source(self.place, other.digest, stored=self.place)
        return None


def _source_name(jobs: Sequence[Job], node: Mapping[str, Any]) -> str:
    name = single_name(jobs, "promote")
    if node.get("version") is None and node.get("alias") is None:
        hint = "Say promote.version=NUMBER or promote.alias=ALIAS."
        raise ConfigError(Problem("todo", f"which version of {name} is to be promoted?", hint))
    return name


def _place(server: Mapping[str, Any]) -> str:
    return canonical_uri(str(server.get("registry_uri") or server["tracking_uri"]))


def _pointer(backend: Backend, ours: _Promotion) -> Source:
    """The version as a source for another model of the same registry."""
    return Locator(backend).locate(ours.uri, verify=True)


def _fetched(server: Mapping[str, Any], ours: _Promotion, folder: Path) -> Source:
    """The version's files are in `folder`, and are those that were registered."""
    from registrar.registry import connect

    target = folder / "model"
    target.mkdir()
    with connect(server, writes=False) as backend:
        location = backend.registry.get_location(ours.model.name, ours.version.number)
        backend.store.download(location, target)
    if ours.copied:
        found = parsed(manifest(target))
        kept = registered(found, ours.version.digest or "")
        if kept is None:
            message = f"{ours.place}: the stored files are not those that were registered"
            raise RefusedError(Problem("todo", message, "See 'registrar verify'."))
        for path in found.keys() - kept.keys():
            (target / path).unlink()
    size = sum(file.size for file in files(target))
    digest = content_digest(target)
    return Source(ours.place, digest, directory=target.as_posix(), size=size, read_back=True)


def _planned(
    job: Job, ours: _Promotion, target: str, origin: Source, observed: ObservedModel | None
) -> ModelPlan:
    """What registers the version there. Raises RefusedError where it is another owner's model."""
    node, declared = job.config["promote"], job.config.get("model", {})
    owner = declared.get("owner") or ours.model.owner
    if observed is not None and not job.config.get("apply", {}).get("allow_takeover", False):
        RefusedError.raise_for(protection.takeover(observed, owner))
    version = DesiredVersion(
        source=origin,
        description=ours.version.description,
        tags=user_tags(ours.version.tags),
        aliases=_aliases(node.get("aliases", ()), origin.digest, observed),
        config=ours.version.config or "",
        lineage=canonical_json(ours.lineage),
    )
    if observed is None:
        about = (ours.model.description, user_tags(ours.model.tags))
        desired = DesiredModel(target, *about, (version,), owner=owner)
    else:  # what is there already keeps what is its own
        desired = DesiredModel(target, versions=(version,), owner=observed.owner)
    protected = declared.get("registered_model", {}).get("protected_aliases", ())
    desired = replace(desired, protected=tuple(protected))
    return diff(job.name, desired, observed, origin.uri)


def _hops(version: ObservedVersion) -> list[Any]:
    """Where a version comes from, the first place first; a tag somebody has spoilt says nothing."""
    try:
        hops = json.loads(version.lineage or "[]")
    except ValueError:
        return []
    return hops if isinstance(hops, list) else []


def _aliases(
    wanted: Sequence[str], digest: str, observed: ObservedModel | None
) -> tuple[str, ...] | None:
    """Promotion adds aliases; those that registrar has given the version at the target stay."""
    if not wanted:
        return None
    managed = observed.managed or () if observed else ()
    have = [
        alias
        for version in (observed.versions if observed else ())
        if version.digest == digest
        for alias in version.aliases
        if f"@{alias}" in managed
    ]
    return tuple(dict.fromkeys((*wanted, *have)))

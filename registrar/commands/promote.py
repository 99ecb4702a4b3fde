"""`promote`: register a version under another name, or copy it to another server."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.changes.allowances import Allowances
from registrar.changes.diff import diff
from registrar.changes.identity import server_identity
from registrar.changes.plan import Plan
from registrar.commands.apply import carry_out
from registrar.commands.selection import (
    ExactNames,
    Filters,
    find_version,
    note_unreachable_names,
    select_models,
    single_name,
)
from registrar.config.spec import owner_of
from registrar.content.digest import hash_files
from registrar.content.directory import list_files
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.execution.executor import Executor
from registrar.locator import Locator
from registrar.policy.protection import owner_problems
from registrar.references import is_reference
from registrar.registry import connect
from registrar.scratch import scratch_folder
from registrar.state import DesiredModel, DesiredVersion, Source, user_tags
from registrar.text import canonical_json
from registrar.uris import (
    VersionUri,
    parse_source,
    unreachable_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.changes.plan import ModelPlan
    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Registry
    from registrar.report import Report
    from registrar.state import ObservedModel, ObservedVersion

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Register the version at its target, once; with `promote.dry_run` report the plan alone.

    Raises RefusedError if the stored bytes are not those that were registered, NotFoundError if
    there is no such version, ServerError.
    """
    config = jobs[0].config
    node = config["promote"]
    name = _choose_model(jobs, node)
    target = node.get("as") or name
    target_server = node.get("to") or config["server"]
    within_registry = _registry_of(target_server) == _registry_of(config["server"])
    if within_registry and target == name:
        hint = "Say promote.as=NAME, or promote.to=server/NAME."
        message = f"{name} would be promoted onto itself"
        raise ConfigError(Problem("same-target", message, hint))
    with scratch_folder() as folder:
        with connect(config["server"], writes=False) as backend:
            promotion = _Promotion.read(name, node, backend.registry)
            source = _refer_to(promotion, backend) if within_registry else None
            notes = (*backend.notes, *note_unreachable_names([promotion.model]))
        writes = not node.get("dry_run")
        with connect(
            target_server, writes=writes, plans=True, stop=interrupt.is_pending
        ) as backend:
            observed = backend.registry.observe([target]).get(target)
            if source is None:
                source = promotion.find_in(observed) or _download(
                    promotion, config["server"], folder
                )
            model_plan = _make_plan(jobs[0], promotion, target, source, observed)
            allowances = Allowances.parse(config.get("apply", {}))
            plan = Plan(backend.registry.server, (model_plan,), allowances)
            if plan.uploaded_files:
                backend.store.check_upload_target(plan.uploaded_files)
            notes += tuple(note for note in backend.notes if note not in notes)
            return carry_out(plan, config, Executor(backend, interrupt), notes=notes)


@dataclass(frozen=True, slots=True)
class _Promotion:
    """The version that is promoted, its model, and the URI of the registry that holds them."""

    model: ObservedModel
    version: ObservedVersion
    registry_uri: str

    @classmethod
    def read(cls, name: str, node: Mapping[str, Any], registry: Registry) -> _Promotion:
        """Read the version that the command names. Raises NotFoundError."""
        registry_uri = registry.server.registry_uri
        (model,) = select_models(registry, ExactNames((name,)))
        return cls(model, find_version(model, Filters.parse(node), registry_uri), registry_uri)

    @property
    def uri(self) -> VersionUri:
        """The version within its registry."""
        return VersionUri.of(self.model.name, self.version.number)

    @property
    def place(self) -> str:
        """The version as it is named outside of its registry."""
        return f"{self.uri} at {self.registry_uri}"

    @property
    def has_content_digest(self) -> bool:
        """Whether the digest is that of the files, so that a copy has the same digest."""
        digest = self.version.digest
        return digest is not None and not is_reference(digest)

    @property
    def lineage(self) -> list[Any]:
        """Where the new version comes from: the places of this version, and this version last."""
        hop = {
            "registry": self.registry_uri,
            "name": self.model.name,
            "version": self.version.number,
            "digest": self.version.digest,
            "run_id": self.version.run_id,
        }
        return [*_read_lineage(self.version), hop]

    def find_in(self, target: ObservedModel | None) -> Source | None:
        """Return the version as a source if the target model has a copy of it already.

        A reference gets a content digest when its files are copied; then the lineage tells.
        """
        for version in target.versions if target else ():
            same_content = self.has_content_digest and version.digest == self.version.digest
            same_origin = _read_lineage(version)[-1:] == self.lineage[-1:]
            if version.digest and (same_content or same_origin):
                return Source(self.place, version.digest, stored=self.place)
        return None


def _choose_model(jobs: Sequence[Job], node: Mapping[str, Any]) -> str:
    """Return the name of the model that is promoted. Raises ConfigError if there is not one."""
    name = single_name(jobs, "promote")
    if node.get("version") is None and node.get("alias") is None:
        message = f"which version of {name} is to be promoted?"
        hint = "Say promote.version=NUMBER or promote.alias=ALIAS."
        raise ConfigError(Problem("missing-field", message, hint))
    return name


def _registry_of(server: Mapping[str, Any]) -> str:
    return server_identity(str(server.get("registry_uri") or server["tracking_uri"]))


def _refer_to(promotion: _Promotion, backend: Backend) -> Source:
    """Return the version as the source of another model in the same registry.

    Where no `models:/` URI can name it, that is the source that the version itself has.
    """
    locator = Locator(backend)
    if unreachable_name(promotion.model.name) is None:
        return locator.locate(promotion.uri, verify=True)
    uri = parse_source(promotion.version.source)
    if uri is None:
        message = f"{promotion.uri}: neither its name nor its source can be written as a URI"
        hint = "Rename the model with MlflowClient().rename_registered_model."
        raise ConfigError(Problem("unreachable-name", message, hint))
    source = locator.locate(uri, verify=True)
    if source.stored is None:  # a folder on this machine, which is uploaded
        return source
    return replace(source, digest=promotion.version.digest or source.digest)


def _download(promotion: _Promotion, server: Mapping[str, Any], folder: Path) -> Source:
    """Download the version's files into `folder`, and return them as a directory to upload.

    Raises RefusedError if they are not the files that were registered.
    """
    target = folder / "model"
    target.mkdir()
    name, version = promotion.model.name, promotion.version
    with connect(server, writes=False) as backend:
        backend.store.download(backend.registry.get_location(name, version.number), target)
    files = list_files(target)
    downloaded = hash_files(files)
    is_checked = promotion.has_content_digest
    manifest = downloaded.restrict_to(version.digest or "") if is_checked else downloaded
    if manifest is None:
        message = f"{promotion.place}: the stored files are not those that were registered"
        raise RefusedError(Problem("different-content", message, "See 'registrar verify'."))
    for file in files:
        if file.relative not in manifest.files:
            Path(file.path).unlink()
    return Source(
        promotion.place,
        manifest.digest,
        directory=target.as_posix(),
        files=tuple(file for file in files if file.relative in manifest.files),
        read_back=True,
    )


def _make_plan(
    job: Job,
    promotion: _Promotion,
    target: str,
    source: Source,
    observed: ObservedModel | None,
) -> ModelPlan:
    """Return the plan that registers the source as a version of the target model.

    A new target gets the description and the tags of the promoted model; an existing one keeps its
    own, and loses no protection. Raises RefusedError if another owner manages it.
    """
    node, declared = job.config["promote"], job.config.get("model", {})
    model = promotion.model
    owner = owner_of(job.config) or model.owner
    if observed is not None and not job.config.get("apply", {}).get("allow_takeover", False):
        RefusedError.raise_for(owner_problems(observed, owner))
    version = DesiredVersion(
        source=source,
        description=promotion.version.description,
        tags=user_tags(promotion.version.tags),
        aliases=tuple(node.get("aliases") or ()) or None,
        config=promotion.version.config or "",
        lineage=canonical_json(promotion.lineage),
    )
    on_server = (observed or model).protected or ()
    protected = {*on_server, *declared.get("registered_model", {}).get("protected_aliases", ())}
    desired = DesiredModel(
        target,
        versions=(version,),
        protected=tuple(sorted(protected)) if protected else None,
        manages=False,
    )
    if observed is None:
        tags = user_tags(model.tags)
        desired = replace(desired, description=model.description, tags=tags, owner=owner)
    else:
        desired = replace(desired, owner=observed.owner)
    return diff(job.name, desired, observed, source.uri)


def _read_lineage(version: ObservedVersion) -> list[Any]:
    """Return where a version comes from, the first place first; [] if its tag is not a list."""
    try:
        hops = json.loads(version.lineage or "[]")
    except (ValueError, RecursionError):
        return []
    return hops if isinstance(hops, list) else []

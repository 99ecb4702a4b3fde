"""`promote`: register a version under another name, or copy it to another server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.changes.allowances import Allowances
from registrar.changes.diff import diff
from registrar.changes.plan import Plan
from registrar.changes.readiness import check_ready
from registrar.changes.signature_tags import with_signature_tags
from registrar.changes.tag_limits import with_short_metrics
from registrar.commands.apply import carry_out
from registrar.commands.copies import open_copies, with_upstream
from registrar.commands.long_tags import refuse_long_promoted_tags
from registrar.commands.planning import judge_plan
from registrar.commands.selection import (
    ExactNames,
    Filters,
    find_version,
    note_unreachable_names,
    select_models,
    single_name,
)
from registrar.commands.upstreams import upstream_source
from registrar.config.declaration import user_tags
from registrar.config.servers import is_same_registry
from registrar.config.spec import owner_of
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.execution.executor import Executor
from registrar.locator import Locator
from registrar.policy.protection import owner_problems
from registrar.registry import connect
from registrar.state import DesiredModel, DesiredVersion
from registrar.uris import VersionUri, parse_source, unreachable_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.changes.plan import ModelPlan
    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Registry
    from registrar.report import Report
    from registrar.state import ObservedModel, ObservedVersion, Source

__all__ = ["run"]

SOURCE = "source"  # the key of the server that holds the version


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Register the version at its target, once; with `promote.dry_run` report the plan alone.

    Raises RefusedError if the stored bytes differ from the registered ones, NotFoundError if
    there is no such version, ServerError.
    """
    config = jobs[0].config
    node = config["promote"]
    name = _choose_model(jobs, node)
    target = node.get("as") or name
    target_server = node.get("to") or config["server"]
    within_registry = is_same_registry(target_server, config["server"])
    if within_registry and target == name:
        hint = "Say as=NAME, or to=server/NAME."
        message = f"{name} would be promoted onto itself"
        raise ConfigError(Problem("same-target", message, hint))
    with open_copies({SOURCE: config["server"]}, interrupt) as copies:
        with connect(config["server"], writes=False) as backend:
            promotion = _Promotion.read(name, node, backend.registry)
            source = _refer_to(promotion, backend) if within_registry else promotion.source
            notes = (*backend.notes, *note_unreachable_names([promotion.model]))
        writes = not node.get("dry_run")
        with connect(
            target_server, writes=writes, plans=True, stop=interrupt.is_pending
        ) as backend:
            observed = backend.registry.observe([target]).get(target)
            if not within_registry:
                source = copies.complete_one(source, observed)
            model_plan = _make_plan(jobs[0], promotion, target, source, observed)
            allowances = Allowances.parse(config.get("apply", {}))
            plan = with_short_metrics(Plan(backend.registry.server, (model_plan,), allowances))
            refuse_long_promoted_tags(plan)
            plan = with_signature_tags(plan)
            executor = Executor(backend, interrupt)
            plan = judge_plan(plan, jobs[:1], executor)
            if plan.uploads:
                backend.store.check_upload_target(plan.uploaded_files)
            notes += tuple(note for note in backend.notes if note not in notes)
            return carry_out(plan, config, executor, notes=notes, copies=copies)


@dataclass(frozen=True, slots=True)
class _Promotion:
    """The version that is promoted, its model, and the URI of the registry that holds them."""

    model: ObservedModel
    version: ObservedVersion
    registry_uri: str

    @classmethod
    def read(cls, name: str, node: Mapping[str, Any], registry: Registry) -> _Promotion:
        """Read the version that the command names. Raises NotFoundError, ServerError."""
        registry_uri = registry.server.registry_uri
        (model,) = select_models(registry, ExactNames((name,)))
        version = find_version(model, Filters.parse(node), registry_uri)
        return cls(model, check_ready(name, version), registry_uri)

    @property
    def uri(self) -> VersionUri:
        """The version within its registry."""
        return VersionUri.of(self.model.name, self.version.number)

    @property
    def source(self) -> Source:
        """The version as the source of a copy."""
        return upstream_source(SOURCE, self.registry_uri, self.model.name, self.version)


def _choose_model(jobs: Sequence[Job], node: Mapping[str, Any]) -> str:
    """Return the name of the model that is promoted. Raises ConfigError if there is not one."""
    name = single_name(jobs, "promote")
    if node.get("version") is None and node.get("alias") is None:
        message = f"which version of {name} is to be promoted?"
        hint = "Say version=NUMBER or alias=ALIAS."
        raise ConfigError(Problem("missing-field", message, hint))
    return name


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


def _make_plan(
    job: Job,
    promotion: _Promotion,
    target: str,
    source: Source,
    observed: ObservedModel | None,
) -> ModelPlan:
    """Return the plan that registers the source as a version of the target model.

    A new target gets the description, the tags and the owner of the promoted model; an existing one
    keeps its own, and loses no protection. The run acts for the owner that the command line or the
    file names: the promoted model speaks for nobody. Raises RefusedError if another owner manages
    the target.
    """
    node, declared = job.config["promote"], job.config.get("model", {})
    model = promotion.model
    owner = owner_of(job.config)
    if observed is not None and not job.config.get("apply", {}).get("allow_takeover", False):
        RefusedError.raise_for(owner_problems(observed, owner))
    version = DesiredVersion(
        source=source,
        description=promotion.version.description,
        tags=user_tags(promotion.version.tags),
        aliases=tuple(node.get("aliases") or ()) or None,
        config=promotion.version.config or "",
    )
    version = with_upstream(version, source.upstream or promotion.source.upstream)
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
        desired = replace(
            desired, description=model.description, tags=tags, owner=owner or model.owner
        )
    else:
        desired = replace(desired, owner=observed.owner)
    return diff(job.name, desired, observed, source.uri)

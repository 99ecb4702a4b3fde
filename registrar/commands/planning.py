"""The plan for all jobs of a run: what they declare against what the registry has."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from registrar.changes.allowances import Allowances
from registrar.changes.changes import CreateVersion
from registrar.changes.diff import diff
from registrar.changes.followed_aliases import with_followed_aliases
from registrar.changes.plan import ModelPlan, Plan
from registrar.changes.signature_tags import with_signature_tags
from registrar.changes.tag_limits import with_short_metrics
from registrar.commands.desired_models import complete_copies, desired_models, list_servers
from registrar.commands.long_tags import refuse_long_declared_tags
from registrar.config import spec
from registrar.config.rule_schemas import has_rules
from registrar.errors import (
    ConfigError,
    InvalidRequestError,
    Place,
    Problem,
    RefusedError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.commands.copies import Copies
    from registrar.config.job import Job
    from registrar.execution.executor import Executor

__all__ = ["judge_plan", "make_plan", "open_needed_copies", "plan_changes"]


def open_needed_copies(
    jobs: Sequence[Job], executor: Executor
) -> contextlib.AbstractContextManager[Copies | None]:
    """Make copies of models on other servers until the block ends; None where no job names one."""
    servers = list_servers(jobs)
    if not servers:
        return contextlib.nullcontext()
    from registrar.commands.copies import open_copies

    return open_copies(servers, executor.interrupt, executor.parallelism)


def make_plan(
    jobs: Sequence[Job],
    executor: Executor,
    copies: Copies | None = None,
    *,
    manages: bool = True,
    allowances: Allowances | None = None,
    run_id: str | None = None,
) -> Plan:
    """Return the plan for all jobs, with the verdicts of gates and rules; nothing is written.

    `run_id` is the run that made the models, where they do not say it themselves. The other arguments
    and the exceptions are those of `plan_changes`.
    """
    plan = plan_changes(jobs, executor, copies, manages=manages, allowances=allowances)
    plan = judge_plan(plan, jobs, executor, run_id)
    models = [job.config["model"] for job in jobs if "model" in job.config]
    if any(model.get("gates") for model in models):
        from registrar.commands.gate_verdicts import note_unused_gates

        plan = note_unused_gates(plan, models)
    return plan


def judge_plan(
    plan: Plan, jobs: Sequence[Job], executor: Executor, run_id: str | None = None
) -> Plan:
    """Return the plan with the verdicts of gates and rules, where there are any; see `verdicts`."""
    gated = any(job.config["model"].get("gates") for job in jobs if "model" in job.config)
    if not (gated or has_rules(jobs[0])):
        return plan
    from registrar.commands.verdicts import with_verdicts

    return with_verdicts(plan, jobs, executor, run_id)


def plan_changes(
    jobs: Sequence[Job],
    executor: Executor,
    copies: Copies | None = None,
    *,
    manages: bool = True,
    allowances: Allowances | None = None,
) -> Plan:
    """Return the changes for all jobs, which nobody has judged yet.

    `copies` are those of models on other servers; None where no job names one. `manages` is False
    for a script, which only adds and moves what it names. `allowances` are those of an approved plan;
    left out, they are those of the configuration.

    A model whose source nobody can look at has no plan but an error, unless it is registered. Raises
    ConfigError with every source that cannot be found, RefusedError with every model that cannot be
    managed, ServerError.
    """
    registry = executor.backend.registry
    config = jobs[0].config
    jobs = [job for job in jobs if "model" in job.config]  # without models, one job
    desired = desired_models(jobs, executor, manages=manages)
    observed = registry.observe_for(desired)
    if any(version.source.existing for model in desired for version in model.versions):
        from registrar.commands.pinned_content import unknown_contents

        ConfigError.raise_for(unknown_contents(jobs, desired, observed, registry))
    if copies is not None:
        desired = complete_copies(jobs, desired, observed, copies)
    missing: list[Problem] = []
    refused: list[Problem] = []
    plans = []
    for job, model in zip(jobs, desired, strict=True):
        try:
            plans.append(diff(job.name, model, observed.get(model.name), job.file))
        except (ServerError, InvalidRequestError) as error:
            matches = (None,) * len(model.versions)
            plans.append(
                ModelPlan(
                    job.name, model, observed.get(model.name), matches, origin=job.file, error=error
                )
            )
        except RefusedError as error:
            refused += error.problems
        except ConfigError as error:
            path = ("model", *spec.identity_path(job.config["model"]))
            missing += [
                problem if problem.place != Place() else job.locate(path, problem)
                for problem in error.problems
            ]
    ConfigError.raise_for(missing)
    RefusedError.raise_for(refused)
    if allowances is None:
        allowances = Allowances.parse(config.get("apply", {}))
    plan = with_short_metrics(Plan(registry.server, tuple(plans), allowances))
    plan = with_followed_aliases(plan)
    refuse_long_declared_tags(jobs, plan)
    plan = with_signature_tags(plan)
    if plan.uploads:
        executor.backend.store.check_upload_target(plan.uploaded_files)
    if any(isinstance(c, CreateVersion) and c.source.location for c in plan.changes):
        from registrar.commands.left_out_files import with_left_out_notes
        from registrar.commands.whole_references import find_incomplete

        ConfigError.raise_for(find_incomplete(jobs, plan, executor))
        plan = with_left_out_notes(plan, executor.backend.store)
    return plan

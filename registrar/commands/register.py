"""Register the model of one job that Python code gives, together with where it comes from.

Only the Python API and the Hydra callback use this command. The command line has `apply`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import Context
from registrar.commands.apply import carry_out
from registrar.commands.copies import open_copies
from registrar.commands.desired_models import list_servers
from registrar.commands.planning import make_plan
from registrar.config.metric_files import with_metric_files
from registrar.config.validation import validate_jobs
from registrar.errors import AccessDeniedError, ConfigError, NotFoundError, Problem
from registrar.execution.executor import Executor
from registrar.execution.interrupt import Interrupt
from registrar.provenance import collect_provenance
from registrar.registration import Registration, raise_error, registration_from
from registrar.registry import connect
from registrar.registry.active_run import (
    find_logged_uri,
    get_active_run_id,
    get_tracking_server,
    read_tracking_state,
    run_link,
)
from registrar.state import Note
from registrar.uris import DirectoryUri, parse_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.config.job import Job
    from registrar.registry import Backend, Store
    from registrar.registry.active_run import TrackingState
    from registrar.registry.protocol import Run
    from registrar.report import Report

__all__ = ["register_one", "resolve_uri", "validate_before_training"]

UNKNOWN_URI = "models:/m-not-yet"  # a valid URI, in place of one that is not known yet


def validate_before_training(job: Job) -> None:
    """Check everything that can be checked before training has made the model.

    Raises ConfigError with all problems.
    """
    model = job.config.get("model")
    if isinstance(model, dict):
        uri = model.get("uri")
        if uri is None or (isinstance(uri, str) and isinstance(parse_source(uri), DirectoryUri)):
            job = _with_field(job, "uri", UNKNOWN_URI)
        if isinstance(model.get("metrics"), str):  # training writes the file
            job = _with_field(job, "metrics", {})
    validate_jobs([job])


def resolve_uri(job: Job, run: TrackingState | None = None) -> Job:
    """Return the job with a server, with the numbers of a file of metrics, and with a URI.

    Without a URI it gets that of the logged model.

    `run` is what was tracked with MLflow; left out, it is what this thread has tracked. Raises
    ConfigError when the run logged no model, or more than one, or when the job is wrong.
    """
    model = job.config.get("model")
    if isinstance(model, dict) and "uri" not in model and "versions" not in model:
        validate_jobs([_with_field(job, "uri", UNKNOWN_URI)])
        address = job.config["server"]["tracking_uri"] if job.has_server else None
        state = read_tracking_state() if run is None else run
        job = _with_field(job, "uri", find_logged_uri(state, address))
    server = job.config["server"] if job.has_server else get_tracking_server()
    job = replace(job, config={**job.config, "server": server or job.config["server"]})
    return with_metric_files(job) if isinstance(model, dict) else job


def register_one(
    job: Job, provenance_tags: Mapping[str, str] | None = None, run_id: str | None = None
) -> Registration:
    """Register the one version that the job declares, and return it.

    `provenance_tags` are those of a new version; left out, they are what this process knows
    now. `run_id` is the run that made the model; left out, it is the active run. Raises RegistrarError as `apply` does, and ConfigError for a job with several versions.
    """
    validate_jobs([job])
    if "versions" in job.config["model"]:
        problem = Problem(
            "several-versions",
            "a run has one version, and this configuration lists several",
            "Use registrar.apply, or give one uri.",
        )
        raise ConfigError(job.locate(("model", "versions"), problem))
    name = job.config["model"]["name"]
    with connect(job.config["server"], writes=True) as backend:
        report = _apply(job, backend, provenance_tags, run_id or get_active_run_id())
        raise_error(report)
        registry = backend.registry
        version = registry.get_version(name, str(report.models[0].matches[0]))
        aliases = registry.get_aliases(name)
        return registration_from(name, version, aliases, registry.server.registry_uri, report)


def _apply(
    job: Job, backend: Backend, provenance_tags: Mapping[str, str] | None, run_id: str | None
) -> Report:
    """Apply the job; a new version gets tags that tell where it comes from."""
    executor = Executor(backend, Interrupt())
    notes = backend.notes
    with open_copies(list_servers([job]), executor.interrupt) as copies:
        plan = make_plan([job], executor, copies, manages=False, run_id=run_id)
        (model,) = plan.models
        if model.action_of(0) == "create":
            tags = dict(collect_provenance() if provenance_tags is None else provenance_tags)
            run_id = model.desired.versions[0].source.run_id or run_id
            run, unread = _find_run(backend.store, run_id)
            notes += unread
            if run_id is not None:
                link = "" if run is None else run_link(job.config["server"]["tracking_uri"], run)
                tags |= {"run_id": run_id} | ({"run_link": link} if link else {})
            # MLflow takes any id, so the server's own link is made only to a run that it has.
            context = Context(tags, run_id=None if run is None else run.run_id)
            plan = replace(plan, models=(model.with_context(context),))
        return carry_out(plan, job.config, executor, notes=notes, copies=copies)


def _find_run(store: Store, run_id: str | None) -> tuple[Run | None, tuple[Note, ...]]:
    """Return a run, None where the server does not have it, and a note where it may not be read."""
    try:
        return None if run_id is None else store.get_run(run_id), ()
    except NotFoundError:
        return None, ()
    except AccessDeniedError as error:
        values = {"reason": error.problems[0].message}
        return None, (Note("run-unreadable", f"the run {run_id}", values),)


def _with_field(job: Job, field: str, value: object) -> Job:
    """Return the job, its model with this value of a field."""
    model: dict[str, Any] = {**job.config["model"], field: value}
    return replace(job, config={**job.config, "model": model})

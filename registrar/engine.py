"""What the Python API and the callback are made of: turns, validation, the model of the run.

MLflow's settings (its server, its timeouts) belong to the process. So the calls of its threads take
turns, and each leaves them as they were.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.config.mapping import MappingJob, given
from registrar.errors import ConfigError, NotFoundError, Problem, RegistrarError
from registrar.registration import Registration, Result, raised, registration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.registry import Backend, Registry, Store
    from registrar.registry.active_run import Tracked
    from registrar.report import Report
    from registrar.state import Version

__all__ = [
    "carried_out",
    "checked",
    "located",
    "looked_up",
    "reading",
    "registered",
    "reporting",
    "validate_config",
]

NOT_YET = "models:/m-not-yet"  # in place of a URI that is not known yet
_turns = threading.RLock()


def validate_config(config: Mapping[str, Any], at: tuple[str, ...]) -> None:
    """The configuration is valid as far as it can be before the model exists.

    Raises ConfigError with all problems, whose paths are below `at`.
    """
    checked(_before_training(given(config, "validate", at=at)))


def located(job: MappingJob, found: Tracked | None = None) -> MappingJob:
    """The job with the URI of the model that was logged, where it has none, and with a server.

    Raises ConfigError when there is not one model, or when the rest of the job is wrong.
    """
    from registrar.registry.active_run import logged_uri, tracked, tracking_server

    with _turns:
        model = job.config.get("model")
        if isinstance(model, dict) and "uri" not in model and "versions" not in model:
            checked(_with(job, uri=NOT_YET))
            address = job.config["server"]["tracking_uri"] if job.served else None
            job = _with(job, uri=logged_uri(tracked() if found is None else found, address))
        server = job.config["server"] if job.served else tracking_server()
        return replace(job, config={**job.config, "server": server or job.config["server"]})


def registered(job: MappingJob, birth: Mapping[str, str] | None = None) -> Registration:
    """The job's model is registered, as its one version.

    `birth` is what the process knew when it had the model, in place of what it knows now.
    """
    from registrar.registry import connect

    with reporting("apply"), _turns:
        checked(job)
        if "versions" in job.config["model"]:
            problem = Problem(
                "todo", "several versions are not one run's", "Use apply, or give one uri."
            )
            raise ConfigError(job.locate(("model", "versions"), problem))
        name = job.config["model"]["name"]
        with connect(job.config["server"], writes=True) as backend:
            report = _within(job, backend, birth)
            registry = backend.registry
            raised(report)
            version = registry.get_version(name, str(report.models[0].matches[0]))
            aliases = registry.get_aliases(name)
            return registration(name, version, aliases, registry.server.registry_uri, report)


def _within(job: MappingJob, backend: Backend, birth: Mapping[str, str] | None) -> Report:
    """The report of the job, whose new version knows where it comes from."""
    from registrar.changes.diff import born
    from registrar.commands.apply import carry_out, make_plan
    from registrar.execution.executor import Threads
    from registrar.execution.interrupt import Interrupt
    from registrar.provenance import provenance

    executor = Threads(backend, Interrupt())
    plan = make_plan([job], executor)
    (model,) = plan.models
    if model.action_of(0) == "create":
        known = provenance() if birth is None else birth
        run = _run(job, backend.store, model.desired.versions[0])
        plan = replace(plan, models=(born(model, {0: {**known, **run}}),))
    return carry_out(plan, job.config, executor, notes=backend.notes)


def _run(job: MappingJob, store: Store, version: Version) -> dict[str, str]:
    """The run that made the version: the one that logged the model, else the one going on."""
    from registrar.registry.active_run import active_run, run_link

    run = (version.origin and version.origin.run_id) or active_run()
    link = run_link(job.config["server"]["tracking_uri"], store, run) if run else ""
    return {key: text for key, text in (("run_id", run), ("run_link", link)) if text}


def carried_out(config: Mapping[str, Any], command: str) -> Result:
    """How the command ended with this configuration. Raises what it failed with."""
    from registrar.commands.apply import run
    from registrar.execution.interrupt import Interrupt

    with reporting(command), _turns:
        job = given(config, command)
        checked(job)
        return raised(run([job], Interrupt()))


def checked(job: MappingJob) -> None:
    """The job is valid. Raises ConfigError with all its problems."""
    from registrar.config.validation import validate as check

    check([job])


def _with(job: MappingJob, **fields: Any) -> MappingJob:
    """The job, its model with these fields."""
    return replace(job, config={**job.config, "model": {**job.config["model"], **fields}})


def _before_training(job: MappingJob) -> MappingJob:
    """The job with a URI in place of one that training is to make, which can not be looked at."""
    from registrar.content.directory import is_directory

    model = job.config.get("model")
    if not isinstance(model, dict):
        return job
    place = model.get("uri")
    pending = place is None or (isinstance(place, str) and is_directory(place))
    return _with(job, uri=NOT_YET) if pending else job


@contextlib.contextmanager
def reading(name: str, server: Any) -> Iterator[Registry]:
    """The registry, which is not written to; `name` and `server` are valid."""
    from registrar.registry import connect

    with reporting("get"), _turns:
        job = given({"name": name, "uri": NOT_YET}, "plan", server)
        checked(job)
        with connect(job.config["server"], writes=False) as backend:
            yield backend.registry


def looked_up(registry: Registry, name: str, version: int | str) -> Registration:
    """The version by its number or by an alias, with or without its `@`. Raises NotFoundError."""
    wanted = str(version)
    if not wanted.isdecimal() and not wanted.startswith("@"):
        wanted = f"@{wanted}"
    address = registry.server.registry_uri
    try:
        found = registry.get_version(name, wanted)
    except NotFoundError:
        aliases = ", ".join(f"@{alias}" for alias in sorted(registry.get_aliases(name)))
        what = f"no alias '{wanted[1:]}'" if wanted.startswith("@") else f"no version {wanted}"
        hint = f"Its aliases: {aliases}." if aliases else "Check the name and the server."
        raise NotFoundError(Problem("todo", f"{name} has {what} on {address}", hint)) from None
    return registration(name, found, registry.get_aliases(name), address)


@contextlib.contextmanager
def reporting(command: str) -> Iterator[None]:
    """A failure that is not part of a report gets one, as the command line would print."""
    try:
        yield
    except RegistrarError as error:
        if error.report is None:
            error.report = Result(command, error.exit_code, error=error)
        raise

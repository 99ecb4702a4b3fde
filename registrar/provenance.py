"""Provenance: the commit, job, pipeline and CI run that a model comes from, as the process knows it.

These values differ from run to run. So they are looked for right before a version is created or an
alias moves, written with it, and never compared afterwards.
"""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import Change, Context, CreateVersion
from registrar.changes.events import EventContext, RecordEvent, keep_verdicts
from registrar.secrets import scrub
from registrar.state import LINEAGE_TAG
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.plan import ModelPlan, Plan

__all__ = ["collect_provenance", "needs_provenance", "with_provenance"]

MAX_VALUE_LENGTH = 5000  # characters
MAX_AUTHOR_LENGTH = 300  # characters of each value in an event, which has many of them
AUTHOR_TAGS = ("git_commit", "git_dirty", "ci", "ci_run", "pipeline_name", "pipeline_run")
GIT_TIMEOUT = 5  # seconds; a commit that takes longer to find is not worth the wait
UNKNOWN_CI = "unknown"  # for a system that only sets the variable CI
NOT_CI = {"", "0", "false", "no"}  # values of CI that say that there is none


@dataclass(frozen=True, slots=True)
class System:
    """A CI system or an orchestrator that describes its run in environment variables.

    It always sets the variable `marker`. The other fields are templates over its variables.
    """

    name: str
    marker: str
    pipeline: str = ""
    step: str = ""
    run: str = ""
    commit: str = ""
    user: str = ""


SYSTEMS = (
    System(
        "github",
        "GITHUB_ACTIONS",
        "{GITHUB_WORKFLOW}",
        "{GITHUB_JOB}",
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
        "{GITHUB_SHA}",
        "{GITHUB_ACTOR}",
    ),
    System(
        "gitlab",
        "GITLAB_CI",
        "{CI_PIPELINE_NAME}",
        "{CI_JOB_NAME}",
        "{CI_PIPELINE_URL}",
        "{CI_COMMIT_SHA}",
        "{GITLAB_USER_LOGIN}",
    ),
    System("jenkins", "JENKINS_URL", "{JOB_NAME}", "{STAGE_NAME}", "{BUILD_URL}", "{GIT_COMMIT}"),
    System(
        "azure",
        "TF_BUILD",
        "{BUILD_DEFINITIONNAME}",
        "{SYSTEM_JOBDISPLAYNAME}",
        "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
        "{BUILD_SOURCEVERSION}",
        "{BUILD_REQUESTEDFOREMAIL}",
    ),
    System(
        "circleci",
        "CIRCLECI",
        "",
        "{CIRCLE_JOB}",
        "{CIRCLE_BUILD_URL}",
        "{CIRCLE_SHA1}",
        "{CIRCLE_USERNAME}",
    ),
    System(
        "buildkite",
        "BUILDKITE",
        "{BUILDKITE_PIPELINE_SLUG}",
        "{BUILDKITE_LABEL}",
        "{BUILDKITE_BUILD_URL}",
        "{BUILDKITE_COMMIT}",
        "{BUILDKITE_BUILD_CREATOR_EMAIL}",
    ),
    System(
        "airflow",
        "AIRFLOW_CTX_DAG_ID",
        "{AIRFLOW_CTX_DAG_ID}",
        "{AIRFLOW_CTX_TASK_ID}",
        "{AIRFLOW_CTX_DAG_RUN_ID}",
    ),
)


def with_provenance(plan: Plan, checksum: str) -> Plan:
    """Return the plan; its versions and events get what says where they come from.

    A version that has such tags keeps its own. A promoted version says where its original was made.
    An event says who moves the alias, by the plan of which checksum, and what its gates say.
    """
    if not needs_provenance(plan):
        return plan
    tags = collect_provenance()
    by = _find_author(tags)
    models = tuple(_with_context(model, Context(tags), by, checksum) for model in plan.models)
    return replace(plan, models=models)


def needs_provenance(plan: Plan) -> bool:
    """Return whether the plan moves an alias, or makes a version of unknown provenance."""
    return any(
        isinstance(change, RecordEvent)
        or (isinstance(change, CreateVersion) and _lacks_provenance(change))
        for change in plan.changes
    )


def _with_context(
    model: ModelPlan, context: Context, by: Mapping[str, str], checksum: str
) -> ModelPlan:
    def filled(change: Change) -> Change:
        match change:
            case CreateVersion() if _lacks_provenance(change):
                return change.with_context(context)
            case RecordEvent(alias=alias, entry=entry):
                verdicts, waived = keep_verdicts(alias, entry, model.verdicts)
                return change.with_context(EventContext(None, by, checksum, verdicts, waived))
            case _:
                return change

    return replace(model, changes=tuple(map(filled, model.changes)))


def _lacks_provenance(change: CreateVersion) -> bool:
    return not change.context.provenance and LINEAGE_TAG not in change.tags


def _find_author(tags: Mapping[str, str]) -> dict[str, str]:
    """Return who moves an alias, and where: the user that a CI system names, else of this process."""
    users = [_fill(s.user, os.environ) for s in SYSTEMS if s.user and os.environ.get(s.marker)]
    known = {key: tags.get(key, "") for key in AUTHOR_TAGS}
    known["user"] = printable(scrub(next(filter(None, users), "") or _find_process_user()))
    return {key: text[:MAX_AUTHOR_LENGTH] for key, text in known.items() if text}


def _find_process_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in the list of users
        return ""


def collect_provenance() -> dict[str, str]:
    """Return the tags that say where a model comes from; those that are not known are left out.

    What an orchestrator says of the pipeline wins over what a CI system says.
    """
    hydra = _hydra_tags()
    folder = hydra.pop("folder", None)
    tags = {**_system_tags(os.environ), **hydra, **_zenml_tags(), **_git_tags(folder)}
    return {
        key: printable(scrub(text))[:MAX_VALUE_LENGTH] for key, text in sorted(tags.items()) if text
    }


def _system_tags(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of the CI systems and orchestrators that this process runs in."""
    tags: dict[str, str] = {}
    if environ.get("CI", "").lower() not in NOT_CI:
        tags["ci"] = UNKNOWN_CI
    for system in SYSTEMS:
        if not environ.get(system.marker):
            continue
        values = {
            "ci": system.name,
            "ci_run": _fill(system.run, environ),
            "pipeline_name": _fill(system.pipeline, environ),
            "step_name": _fill(system.step, environ),
            "git_commit": _fill(system.commit, environ),
        }
        tags |= {key: text for key, text in values.items() if text}
    return tags


def _fill(template: str, environ: Mapping[str, str]) -> str:
    """Return the template with its variables; "" where one of them is not set."""
    try:
        return template.format_map(environ)
    except KeyError:
        return ""


def _git_tags(folder: str | None) -> dict[str, str]:
    """Return the commit that is checked out, and whether tracked files differ from it."""
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    if not commit or changes is None:
        return {}
    return {"git_commit": commit, "git_dirty": "true" if changes else "false"}


def _git(folder: str | None, *arguments: str) -> str | None:
    """Return what git prints; None without git, without a repository, or after `GIT_TIMEOUT`."""
    try:
        done = subprocess.run(
            # No setting of the repository says what git runs.
            ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 - the user's own git
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _hydra_tags() -> dict[str, str]:
    """Return the tags of the running Hydra job, and its `folder`, which is no tag."""
    if "hydra" not in sys.modules:
        return {}
    from registrar.config.hydra_job import find_hydra_job

    job = find_hydra_job()
    if job is None:
        return {}
    overrides = " ".join(job.overrides)
    return {"hydra_job": job.name, "hydra_overrides": overrides, "folder": job.folder}


def _zenml_tags() -> dict[str, str]:
    """Return the tags of the running ZenML step."""
    zenml: Any = sys.modules.get("zenml")
    if zenml is None:
        return {}
    try:
        context = zenml.get_step_context()
        return {
            "pipeline_name": str(context.pipeline.name),
            "pipeline_run": str(context.pipeline_run.name),
            "step_name": str(context.step_run.name),
        }
    except Exception:  # no step runs, or this ZenML has no such attributes
        return {}

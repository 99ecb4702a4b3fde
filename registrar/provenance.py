"""Provenance: the commit, job, pipeline and CI run that a model comes from, as the process knows it.

These values differ from run to run. So they are looked for right before a version is created, written
with it, and never compared afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import Context, CreateVersion
from registrar.secrets import scrub
from registrar.state import LINEAGE_TAG
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.plan import Plan

__all__ = ["makes_version", "provenance", "with_provenance"]

MAX_VALUE_LENGTH = 5000  # characters
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


SYSTEMS = (
    System(
        "github",
        "GITHUB_ACTIONS",
        "{GITHUB_WORKFLOW}",
        "{GITHUB_JOB}",
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
        "{GITHUB_SHA}",
    ),
    System(
        "gitlab",
        "GITLAB_CI",
        "{CI_PIPELINE_NAME}",
        "{CI_JOB_NAME}",
        "{CI_PIPELINE_URL}",
        "{CI_COMMIT_SHA}",
    ),
    System("jenkins", "JENKINS_URL", "{JOB_NAME}", "{STAGE_NAME}", "{BUILD_URL}", "{GIT_COMMIT}"),
    System(
        "azure",
        "TF_BUILD",
        "{BUILD_DEFINITIONNAME}",
        "{SYSTEM_JOBDISPLAYNAME}",
        "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
        "{BUILD_SOURCEVERSION}",
    ),
    System("circleci", "CIRCLECI", "", "{CIRCLE_JOB}", "{CIRCLE_BUILD_URL}", "{CIRCLE_SHA1}"),
    System(
        "buildkite",
        "BUILDKITE",
        "{BUILDKITE_PIPELINE_SLUG}",
        "{BUILDKITE_LABEL}",
        "{BUILDKITE_BUILD_URL}",
        "{BUILDKITE_COMMIT}",
    ),
    System(
        "airflow",
        "AIRFLOW_CTX_DAG_ID",
        "{AIRFLOW_CTX_DAG_ID}",
        "{AIRFLOW_CTX_TASK_ID}",
        "{AIRFLOW_CTX_DAG_RUN_ID}",
    ),
)


def with_provenance(plan: Plan) -> Plan:
    """Return the plan; the versions that it makes get the tags that say where they come from.

    A version that has such tags keeps its own. A promoted version says where its original was made.
    """
    if not makes_version(plan):
        return plan
    context = Context(provenance())
    models = tuple(
        replace(
            model,
            changes=tuple(
                change.with_context(context)
                if isinstance(change, CreateVersion) and _lacks_provenance(change)
                else change
                for change in model.changes
            ),
        )
        for model in plan.models
    )
    return replace(plan, models=models)


def makes_version(plan: Plan) -> bool:
    """Return whether the plan makes a version whose provenance is not known yet."""
    return any(isinstance(c, CreateVersion) and _lacks_provenance(c) for c in plan.changes)


def _lacks_provenance(change: CreateVersion) -> bool:
    return not change.context.provenance and LINEAGE_TAG not in change.tags


def provenance() -> dict[str, str]:
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

"""Where a model comes from, as far as the process knows by itself: commit, job, pipeline, CI.

What is said here differs from run to run, so it is written to a version when that is made, and
compared with nothing afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.secrets import scrub
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["provenance"]

LONGEST = 5000  # characters of a value
SECONDS = 5  # for git; a commit that takes longer to find is not worth the wait


@dataclass(frozen=True, slots=True)
class System:
    """A CI system or an orchestrator that tells about itself in the environment.

    `marker` is the variable it always sets; the others are templates over its variables.
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


def provenance() -> dict[str, str]:
    """Tag -> text for what is known; an orchestrator knows its pipeline better than a CI system."""
    known = {**_systems(os.environ), **_hydra(), **_zenml()}
    known |= _git(known.pop("folder", None))
    return {key: printable(scrub(text))[:LONGEST] for key, text in sorted(known.items()) if text}


def _systems(environ: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for system in SYSTEMS:
        if not environ.get(system.marker):
            continue
        told = {
            "ci": system.name,
            "ci_run": _filled(system.run, environ),
            "pipeline_name": _filled(system.pipeline, environ),
            "step_name": _filled(system.step, environ),
            "git_commit": _filled(system.commit, environ),
        }
        found |= {key: text for key, text in told.items() if text}
    return found


def _filled(template: str, environ: Mapping[str, str]) -> str:
    """The template with its variables; "" where one is not set."""
    try:
        return template.format_map(environ)
    except KeyError:
        return ""


def _git(folder: str | None) -> dict[str, str]:
    """The commit that is checked out, and whether tracked files differ from it."""
    told = _said("rev-parse", "HEAD", folder=folder)
    changed = _said("status", "--porcelain", "--untracked-files=no", folder=folder)
    if not told or changed is None:
        return {}
    return {"git_commit": told, "git_dirty": "true" if changed else "false"}


def _said(*arguments: str, folder: str | None) -> str | None:
    """What git prints; None where there is no git, no repository, or no answer in time."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],  # noqa: S607 - the user's own git
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _hydra() -> dict[str, str]:
    if "hydra" not in sys.modules:
        return {}
    from registrar.config.hydra_job import find_hydra_job

    job = find_hydra_job()
    if job is None:
        return {}
    overrides = " ".join(job.overrides)
    return {"hydra_job": job.name, "hydra_overrides": overrides, "folder": job.folder}


def _zenml() -> dict[str, str]:
    """The pipeline and step, inside a step of ZenML."""
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
    except Exception:  # outside of a step, or a ZenML that has no such attribute
        return {}

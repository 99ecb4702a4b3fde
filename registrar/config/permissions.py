"""What the process's own environment allows a configuration to do.

Configurations come from pull requests, so they cannot loosen these rules; the environment of the
process and its command line can. In strict mode, which a CI system turns on, the rules are tighter:
see `docs/security.md`.
"""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.secrets import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ALLOW_ENV",
    "ALLOW_HOSTS",
    "ALLOW_PATHS",
    "ALLOW_PLUGINS",
    "CI_MARKS",
    "STRICT",
    "Permissions",
    "explain_permission",
    "is_ci",
    "read_permissions",
]

ALLOW_ENV = "REGISTRAR_ALLOW_ENV"
ALLOW_HOSTS = "REGISTRAR_ALLOW_HOSTS"
ALLOW_PATHS = "REGISTRAR_ALLOW_PATHS"
ALLOW_PLUGINS = "REGISTRAR_ALLOW_PLUGINS"
STRICT = "REGISTRAR_STRICT"

FALSE = frozenset({"", "0", "false", "no", "off"})
# Variables that CI systems set for every job. Orchestrators such as Airflow are not CI systems:
# what they run is not a stranger's pull request.
CI_MARKS = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TF_BUILD", "CIRCLECI", "BUILDKITE")
STRICT_NAMES = (
    *("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "REGISTRAR_*", "HOME", "USER", "PWD"),
    # GitHub
    *("GITHUB_SHA", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_HEAD_REF", "GITHUB_BASE_REF"),
    *("GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB", "GITHUB_WORKFLOW"),
    *("GITHUB_REPOSITORY", "GITHUB_REPOSITORY_OWNER", "GITHUB_ACTOR", "GITHUB_EVENT_NAME"),
    "GITHUB_SERVER_URL",
    # GitLab
    *("CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA", "CI_COMMIT_REF_NAME", "CI_COMMIT_BRANCH"),
    *("CI_COMMIT_TAG", "CI_DEFAULT_BRANCH", "CI_PIPELINE_ID", "CI_PIPELINE_URL", "CI_JOB_ID"),
    *("CI_JOB_NAME", "CI_JOB_URL", "CI_PROJECT_NAME", "CI_PROJECT_PATH", "CI_MERGE_REQUEST_IID"),
    # Jenkins
    *("BUILD_ID", "BUILD_NUMBER", "BUILD_URL", "JOB_NAME", "GIT_COMMIT", "GIT_BRANCH"),
    # Azure Pipelines
    *("BUILD_SOURCEVERSION", "BUILD_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME", "BUILD_BUILDID"),
    *("BUILD_BUILDNUMBER", "BUILD_REPOSITORY_NAME", "SYSTEM_JOBNAME"),
    # CircleCI
    *("CIRCLE_SHA1", "CIRCLE_BRANCH", "CIRCLE_TAG", "CIRCLE_BUILD_NUM", "CIRCLE_BUILD_URL"),
    *("CIRCLE_JOB", "CIRCLE_PROJECT_REPONAME", "CIRCLE_WORKFLOW_ID"),
    # Buildkite
    *("BUILDKITE_COMMIT", "BUILDKITE_BRANCH", "BUILDKITE_TAG", "BUILDKITE_BUILD_ID"),
    *("BUILDKITE_BUILD_NUMBER", "BUILDKITE_BUILD_URL", "BUILDKITE_JOB_ID"),
    "BUILDKITE_PIPELINE_SLUG",
)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a configuration may do in this process.

    `variables` are patterns of names that `${oc.env:NAME}` may read besides the harmless ones,
    `hosts` are hosts or `host:port` that credentials may go to besides the process's own servers,
    `paths` are folders outside the repository that a configuration may name.
    """

    is_strict: bool = False
    variables: tuple[str, ...] = ()
    hosts: frozenset[str] = frozenset()
    paths: tuple[Path, ...] = ()
    plugins: bool = False

    def may_read_variable(self, name: str) -> bool:
        """Return whether a configuration may read the environment variable `name`.

        A name that says secret, token, password, key or credential is never read, unless
        REGISTRAR_ALLOW_ENV has exactly this name: a pattern such as `TRAINING_*` stands for no secret.
        """
        if is_secret_name(name):
            return name in self.variables
        return not self.is_strict or _matches(name, (*STRICT_NAMES, *self.variables))

    def may_send_variable(self, name: str) -> bool:
        """Return whether REGISTRAR_ALLOW_ENV lets a file send this variable to a server as a login."""
        return _matches(name, self.variables)

    def may_contact(self, host: str, port: int | None) -> bool:
        """Return whether REGISTRAR_ALLOW_HOSTS lists this host, with or without its port."""
        host = host.lower()
        return host in self.hosts or (port is not None and f"{host}:{port}" in self.hosts)


def read_permissions(environ: Mapping[str, str] | None = None) -> Permissions:
    """Return what the environment of this process allows. Reads `os.environ` by default."""
    environ = os.environ if environ is None else environ
    strict = environ.get(STRICT, "").strip().lower()
    return Permissions(
        is_strict=is_ci(environ) if not strict else strict not in FALSE,
        variables=tuple(_items(environ.get(ALLOW_ENV, ""))),
        hosts=frozenset(item.lower() for item in _items(environ.get(ALLOW_HOSTS, ""))),
        paths=tuple(Path(item) for item in environ.get(ALLOW_PATHS, "").split(os.pathsep) if item),
        plugins=environ.get(ALLOW_PLUGINS, "").strip().lower() not in FALSE,
    )


def is_ci(environ: Mapping[str, str]) -> bool:
    """Return whether a CI system runs this process."""
    return any(environ.get(name, "").strip().lower() not in FALSE for name in CI_MARKS)


def explain_permission(variable: str, value: str, *, only_strict: bool) -> str:
    """Return the hint that says which variable of the process would allow what was refused.

    `only_strict` says that the same is allowed outside strict mode.
    """
    hint = f"To allow it, set {variable}={value} in the environment of this process."
    return f"{hint} Strict mode asks for it: see {STRICT}." if only_strict else hint


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]

"""Provenance tags: read from the environment, written once, and never compared."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.changes import Context, CreateVersion
from registrar.changes.diff import diff
from registrar.config.spec import desire
from registrar.provenance import provenance
from registrar.state import Source
from tests.support.plan_interpreter import replay

if TYPE_CHECKING:
    from pathlib import Path

    from registrar.state import DesiredModel

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_WORKFLOW": "train",
    "GITHUB_JOB": "fit",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "team/models",
    "GITHUB_RUN_ID": "17",
    "GITHUB_SHA": "c0ffee",
}
AIRFLOW = {
    "AIRFLOW_CTX_DAG_ID": "nightly",
    "AIRFLOW_CTX_TASK_ID": "register",
    "AIRFLOW_CTX_DAG_RUN_ID": "scheduled__1",
}
AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/team/",
    "SYSTEM_TEAMPROJECT": "models",
    "BUILD_BUILDID": "9",
}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without a repository, and no CI system."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name in (
        "CI",
        "GITHUB_ACTIONS",
        "GITLAB_CI",
        "JENKINS_URL",
        "TF_BUILD",
        "CIRCLECI",
        "BUILDKITE",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, {}),
        ({"CI": "true"}, {"ci": "unknown"}),
        ({"CI": "false"}, {}),
        ({"CI": "true", "JENKINS_URL": "http://ci"}, {"ci": "jenkins"}),
        (
            GITHUB,
            {
                "ci": "github",
                "ci_run": "https://github.com/team/models/actions/runs/17",
                "git_commit": "c0ffee",
                "pipeline_name": "train",
                "step_name": "fit",
            },
        ),
        (
            AZURE,
            {
                "ci": "azure",
                "ci_run": "https://dev.azure.com/team/models/_build/results?buildId=9",
            },
        ),
        (
            {**GITHUB, **AIRFLOW},
            {
                "ci": "airflow",
                "ci_run": "scheduled__1",
                "git_commit": "c0ffee",
                "pipeline_name": "nightly",
                "step_name": "register",
            },
        ),
        (
            {"JENKINS_URL": "http://ci", "BUILD_URL": "http://me:secret@ci/1", "JOB_NAME": "a\nb"},
            {"ci": "jenkins", "ci_run": "http://***@ci/1", "pipeline_name": "a\\nb"},
        ),
    ],
)
def test_tags_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], told: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert provenance() == told


def test_tags_from_a_zenml_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def named(text: str) -> Any:
        return SimpleNamespace(name=text)

    context = SimpleNamespace(pipeline=named("p"), pipeline_run=named("r"), step_run=named("s"))
    zenml = SimpleNamespace(get_step_context=lambda: context)
    monkeypatch.setitem(sys.modules, "zenml", zenml)
    assert provenance() == {"pipeline_name": "p", "pipeline_run": "r", "step_name": "s"}
    monkeypatch.delattr(context, "pipeline")
    assert provenance() == {}


def test_provenance_is_neither_declared_nor_compared() -> None:
    def declared(**metadata: str) -> DesiredModel:
        model = {"name": "mnist", "uri": "m", "metadata": metadata}
        return desire("mnist", model, [Source("m", "A", directory="/m")])

    desired = declared(lr="1", step_name="mine")
    known = {"git_commit": "one", "step_name": "fit"}
    plan = diff("mnist", desired, None).with_context(Context(known))
    (creation,) = (c for c in plan.changes if isinstance(c, CreateVersion))
    assert creation.all_tags == {
        "lr": "1",
        "step_name": "mine",
        "git_commit": "one",
        "registrar_provenance": '["git_commit"]',
        "registrar_config": "mnist",
        "registrar_digest": "A",
        "registrar_managed": '["lr","step_name"]',
    }
    made = replay(plan.changes, None)
    assert made is not None
    assert made.versions[0].provenance == {"git_commit": "one"}
    assert diff("mnist", desired, made).changes == ()
    again = diff("mnist", desired, made).with_context(Context({"git_commit": "two"}))
    assert again.changes == ()
    less = replay(diff("mnist", declared(lr="1"), made).changes, made)
    assert less is not None
    assert less.versions[0].tags == {"lr": "1", "git_commit": "one"}

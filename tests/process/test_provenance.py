"""Provenance tags: read from the environment, written once, and never compared."""

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.changes import Context, CreateVersion
from registrar.changes.diff import diff
from registrar.changes.plan import ModelPlan, Plan
from registrar.config.declaration import ORIGIN_KEYS
from registrar.config.spec import desire
from registrar.provenance import collect_provenance, with_provenance
from registrar.state import LINEAGE_TAG, DesiredModel, Server, Source
from tests.support.plan_interpreter import replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

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
def test_provenance_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], told: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert collect_provenance() == told
    assert told.keys() <= ORIGIN_KEYS


def test_tags_from_a_zenml_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def named(text: str) -> Any:
        return SimpleNamespace(name=text)

    context = SimpleNamespace(pipeline=named("p"), pipeline_run=named("r"), step_run=named("s"))
    zenml = SimpleNamespace(get_step_context=lambda: context)
    monkeypatch.setitem(sys.modules, "zenml", zenml)
    assert collect_provenance() == {"pipeline_name": "p", "pipeline_run": "r", "step_name": "s"}
    monkeypatch.delattr(context, "pipeline")
    assert collect_provenance() == {}


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


def test_only_versions_that_are_made_here_get_provenance(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GITHUB.items():
        monkeypatch.setenv(name, value)
    made = CreateVersion(0, Source("m", "A", directory="/m"), "", {"lr": "1"})
    told = made.with_context(Context({"git_commit": "told"}))
    promoted = CreateVersion(0, Source("m", "A", "s"), "", {LINEAGE_TAG: "[1]"})

    def tags_of(*changes: CreateVersion) -> list[dict[str, str]]:
        server, desired = Server("http://host", "http://host"), DesiredModel("mnist")
        plan = Plan(server, (ModelPlan("mnist", desired, None, (), changes),))
        filled = with_provenance(plan, plan.checksum)
        assert (filled, filled.checksum) == (plan, plan.checksum)
        creations = [change for change in filled.changes if isinstance(change, CreateVersion)]
        return [dict(change.context.provenance) for change in creations]

    github = collect_provenance()
    assert github["git_commit"] == "c0ffee"
    assert tags_of(made, told, promoted) == [github, {"git_commit": "told"}, {}]
    assert tags_of(told, promoted) == [{"git_commit": "told"}, {}]


def test_the_command_line_asks_git_only_when_it_makes_a_version(
    registrar: Callable[..., Result],
    backend: str,
    mlflow_client: Callable[[str], Any],
    tmp_path: Path,
) -> None:
    calls = tmp_path / "bin" / "calls"
    git = calls.with_name("git")
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\necho "$@" >> {calls}\necho c0ffee\n')
    git.chmod(0o755)
    environment = {"PATH": f"{git.parent}:{os.environ['PATH']}", "MLFLOW_TRACKING_URI": backend}

    def run(*words: str, code: int, build: str = "1") -> str:
        variables = {"GITLAB_CI": "true", "CI_PIPELINE_URL": f"https://ci/{build}", **environment}
        done = registrar(*words, **variables)
        assert done.code == code, done.err
        return done.out

    run("plan", "model=mnist", "out=plan.json", code=0)
    run("check", "model=mnist", code=3)
    assert not calls.exists()
    assert "git_commit" not in run("apply", "plan=plan.json", code=0)  # the plan has no such line
    asked = calls.read_text()
    assert asked.count("rev-parse") == 1
    tags = dict(mlflow_client(backend).get_model_version("mnist", "1").tags)
    born = {"git_commit": "c0ffee", "git_dirty": "true", "ci": "gitlab", "ci_run": "https://ci/1"}
    assert {key: tags[key] for key in born} == born
    assert json.loads(tags["registrar_provenance"]) == sorted(born)
    assert born.keys().isdisjoint(json.loads(tags["registrar_managed"]))
    assert run("model=mnist", code=0, build="2").startswith("Nothing to do")
    run("apply", "plan=plan.json", code=0, build="2")
    changed = ("model=mnist", "model.description=changed")
    run("apply", *changed, code=0, build="2")
    run("check", *changed, code=0, build="2")
    assert calls.read_text() == asked
    now = dict(mlflow_client(backend).get_model_version("mnist", "1").tags)
    assert {key: now[key] for key in born} == born

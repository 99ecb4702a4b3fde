"""The Action: every branch of its shell, with a stand-in for GitHub and a real MLflow server."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.action import GitHub

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

FORK = "stranger/models"
ABSENT = "http://127.0.0.1:9"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A checkout with one model, which is a reference: nothing is uploaded."""
    folder = tmp_path / "workspace"
    (folder / "configs" / "model").mkdir(parents=True)
    declare(folder, "mnist", "aliases: [champion]")
    # Modules of an attacker, with the names of those that the scripts of the Action use.
    for name in ("json", "zipfile"):
        (folder / f"{name}.py").write_text("raise SystemExit('code of the checkout ran')\n")
    return folder


@pytest.fixture
def github(tmp_path: Path, workspace: Path, server: str) -> GitHub:
    return GitHub(tmp_path, workspace, {"MLFLOW_TRACKING_URI": server})


@pytest.fixture
def offline(tmp_path: Path, workspace: Path) -> GitHub:
    """GitHub next to a server that does not answer."""
    return GitHub(tmp_path, workspace, {"MLFLOW_TRACKING_URI": ABSENT})


def declare(folder: Path, name: str, *lines: str) -> None:
    text = "\n".join((f"name: {name}", f"uri: s3://bucket/{name}", "verify: false", *lines))
    (folder / "configs" / "model" / f"{name}.yaml").write_text(text)


def plan_name(github: GitHub) -> str:
    """The name of the artifact with the plan of the last pull request."""
    return str(github.read()["artifacts"][-1]["name"])


def test_what_a_pull_request_shows_is_what_its_merge_applies(
    github: GitHub, server: str, mlflow_client: Callable[[str], MlflowClient]
) -> None:
    planned = github.pull_request(7)

    assert (planned.code, planned.outputs["exit-code"]) == (0, "0")
    assert planned.outputs["changes"] == "3"
    assert planned.report["checksum"] == planned.outputs["checksum"]
    (comment,) = github.comments
    first, *_, last = comment.splitlines()
    assert f"checksum={planned.outputs['checksum']} -->" in first
    assert re.fullmatch("<!-- registrar-action [0-9a-f]{16} 0 -->", last)
    assert f"Plan of commit {7:040x}." in comment
    assert "#### `mnist`" in planned.summary

    github.merge(7, "b" * 40)
    applied = github.push("a" * 40, "b" * 40)

    assert applied.code == 0, applied.log
    assert "The plan of pull request 7 is applied." in applied.log
    assert applied.outputs["checksum"] == planned.outputs["checksum"]
    assert "3 created" in applied.summary
    assert mlflow_client(server).get_model_version_by_alias("mnist", "champion").version == "1"


@pytest.mark.parametrize(
    ("event", "inputs", "message"),
    [
        ("pull_request_target", {}, "gives the secrets of this repository to the files of a fork"),
        ("issues", {}, "For the event issues, set the input command"),
        ("schedule", {"command": "delete"}, "validate, plan, apply, check or auto"),
        ("schedule", {}, "No server is named"),
        ("schedule", {"server": "x", "policy_ref": "absent"}, "git cannot check out absent"),
        ("schedule", {"directory": "outside"}, "leads out of the checkout: outside."),
    ],
)
def test_what_cannot_be_meant_is_an_error(
    event: str, inputs: dict[str, str], message: str, offline: GitHub, workspace: Path
) -> None:
    (workspace / "outside").symlink_to("/")
    run = offline.run(event, {}, inputs, MLFLOW_TRACKING_URI="", GIT_DIR="/dev/null")
    assert (run.code, run.outputs["exit-code"]) == (2, "2")
    assert run.log.splitlines()[-1].startswith("::error title=registrar::")
    assert message in run.log
    assert offline.read()["calls"] == []


def test_a_refused_look_at_github_is_no_approval(offline: GitHub) -> None:
    for refused in ("/pulls$", "/artifacts$", "graphql", "/zip$"):
        offline.write({"calls": [], "refuses": [], "comments": [], "pulls": [], "artifacts": []})
        offline.merge(7, "b" * 40)
        offline.keep(f"registrar-plan-{key(offline)}-7", {"plan.json": "{}"})
        offline.refuse(refused)
        run = offline.push("b" * 40, allow_unapproved="true")
        assert (run.code, run.outputs["exit-code"]) == (4, "4"), run.log
        assert "registrar " not in run.log


def key(github: GitHub) -> str:
    """The key of this server and folder, from a comment that the Action looks for."""
    import hashlib

    parts = ("", github.env["MLFLOW_TRACKING_URI"], "", ".")
    return hashlib.sha256("".join(f"{part}\n" for part in parts).encode()).hexdigest()[:16]


@pytest.mark.exhaustive
def test_a_fork_is_validated_alone(offline: GitHub, workspace: Path) -> None:
    offline.env["MLFLOW_TRACKING_URI"] = ""  # as a fork gets it
    valid = offline.pull_request(7, source=FORK, command="apply")
    assert (valid.code, valid.report["command"]) == (0, "validate")
    assert "so this one has no plan" in valid.summary
    offline.env["GITHUB_ACTOR"] = "dependabot[bot]"
    assert offline.pull_request(7).report["command"] == "validate"
    declare(workspace, "broken", "nam: x")

    broken = offline.pull_request(7, source=FORK)

    assert (broken.code, broken.outputs["exit-code"]) == (2, "2")
    assert "::error file=configs/model/broken.yaml,line=4" in broken.log
    assert offline.read()["calls"] == []


@pytest.mark.exhaustive
def test_the_plan_of_a_fork_approves_nothing(github: GitHub) -> None:
    github.pull_request(7)
    forged = github.read()["artifacts"][-1]["name"]
    github.write({**github.read(), "artifacts": [], "comments": []})
    github.keep(forged, {"plan.json": "{}"}, source=99)
    github.keep(forged, {"plan.json": "{}"})
    unknown = github.read()
    unknown["artifacts"][1]["workflow_run"] = None  # nobody knows who made it
    github.write(unknown)
    github.merge(7, "b" * 40)
    run = github.push("b" * 40)
    assert run.code == 6, run.log
    assert "nobody has approved these changes" in run.log
    assert not any("zip" in call for call in github.read()["calls"])


@pytest.mark.exhaustive
def test_one_comment_is_updated_and_comments_of_others_stay(
    github: GitHub, workspace: Path
) -> None:
    github.pull_request(7)
    mine = github.comments[0]
    state = github.read()
    state["comments"] += [{"id": 2, "pull": 7, "author": "stranger", "body": mine}]
    state["comments"] += [{"id": 3, "pull": 7, "author": "github-actions[bot]", "body": f"{mine}."}]
    github.write(state)
    declare(workspace, "iris")

    again = github.pull_request(7)

    assert again.outputs["changes"] == "5"
    first, *others = github.comments
    assert again.outputs["checksum"] in first
    assert others == [mine, f"{mine}."]


@pytest.mark.exhaustive
def test_a_comment_that_cannot_be_written_is_a_warning(github: GitHub) -> None:
    github.refuse("POST .*/comments", "PATCH")
    run = github.pull_request(7)
    assert run.code == 0
    assert "::warning title=registrar::The comment cannot be written." in run.log
    github.refuse("graphql")
    run = github.pull_request(7)
    assert run.code == 0
    assert "::warning title=registrar::GitHub does not give the comments" in run.log
    before = len(github.read()["calls"])
    assert github.pull_request(7, comment="false").code == 0
    assert len(github.read()["calls"]) == before
    assert len(github.read()["artifacts"]) == 3


@pytest.mark.exhaustive
def test_a_push_without_an_approved_plan_changes_nothing_unless_an_input_says_so(
    github: GitHub, workspace: Path
) -> None:
    refused = github.push("c" * 40)
    assert (refused.code, refused.outputs["exit-code"]) == (6, "6")
    assert "3 to create" in refused.summary
    elsewhere = github.push("c" * 40, branch="feature")
    assert (elsewhere.code, elsewhere.report["command"]) == (0, "validate")
    applied = github.push("c" * 40, allow_unapproved="true", models="changed")
    assert (applied.code, applied.outputs["changes"]) == (0, "3")
    assert github.push("d" * 40).code == 0  # nothing to do
    quiet = github.pull_request(8)
    assert (quiet.code, github.comments) == (0, [])
    github.merge(8, "e" * 40)
    assert "The plan of pull request 8 is applied." in github.push("e" * 40).log
    declare(workspace, "mnist", "description: By hand")
    night = github.run("schedule", {}, {})
    assert (night.code, night.report["command"]) == (3, "check")
    assert "::error file=configs/model/mnist.yaml,line=1,title=registrar%3A drift" in night.log


@pytest.mark.exhaustive
def test_the_checksum_of_the_comment_decides_with_the_file_and_without_it(
    github: GitHub, workspace: Path
) -> None:
    github.pull_request(7)
    github.merge(7, "b" * 40)
    good = github.read()
    forged = json.loads(json.dumps(good).replace("checksum=sha256:", "checksum=sha256:" + "0" * 8))
    for comment in forged["comments"]:
        comment["body"] = re.sub("(sha256:0{8}.{56}).{8}", r"\1", comment["body"])
    github.write(forged)
    differs = github.push("b" * 40)
    assert differs.code == 6, differs.log
    assert "checksum of the plan file" in differs.log

    for pattern, new in (("^<!-- registrar .* -->", "<!-- registrar -->"), (" 0 -->$", " 6 -->")):
        failed = json.loads(json.dumps(good))
        failed["comments"][0]["body"] = re.sub(pattern, new, failed["comments"][0]["body"])
        github.write(failed)
        assert "nobody has approved" in github.push("b" * 40).log

    github.write({**good, "artifacts": [{**good["artifacts"][0], "expired": True}]})
    applied = github.push("b" * 40, models="changed")
    assert (applied.code, applied.outputs["changes"]) == (0, "3"), applied.log
    assert "the checksum in its comment is used" in applied.log
    assert github.push("b" * 40, models="changed").code == 6  # less is left to do

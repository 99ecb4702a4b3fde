"""The whole way: branches, plans in comments, merges in another order, apply, drift, and undo."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.action import GitHub
from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow import MlflowClient

    from tests.support.action import Run

MODEL = "name: {name}\nuri: s3://bucket/{place}\nverify: false\naliases: [champion]\n"
LIMITS = "defaults: [registrar, _self_]\nlimits: {{moved_aliases: {share}%, from: 1}}\n"
RULE = "named: {{message: names begin so, schema: {{properties: {{name: {{pattern: '{pattern}'}}}}}}}}\n"


class Team:
    """Two people who work in one clone, and the checkout of the jobs; `origin` is what they share."""

    def __init__(self, folder: Path, server: str) -> None:
        self.env = environment(
            GIT_CONFIG_COUNT="3",
            GIT_CONFIG_KEY_0="user.name",
            GIT_CONFIG_VALUE_0="Me",
            GIT_CONFIG_KEY_1="user.email",
            GIT_CONFIG_VALUE_1="me@example.org",
            GIT_CONFIG_KEY_2="init.defaultBranch",
            GIT_CONFIG_VALUE_2="main",
        )
        self.origin, self.clone = folder / "origin.git", folder / "clone"
        self.workspace = folder / "workspace"
        self.git("init", "-q", "--bare", str(self.origin), at=folder)
        self.git("clone", "-q", str(self.origin), "clone", at=folder)
        self.github = GitHub(folder, self.workspace, {"MLFLOW_TRACKING_URI": server})

    def git(self, *words: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=at or self.clone,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.clone / "configs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, subject: str) -> str:
        self.git("add", ".")
        self.git("commit", "-qm", subject)
        self.git("push", "-q", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        self.git("checkout", "-q", "-b", name, "main")

    def check_out(self) -> None:
        """Check out the branch `main` for a job."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        self.git("clone", "-q", str(self.origin), str(self.workspace), at=self.origin.parent)

    def plan(self, number: int, branch: str, **inputs: str) -> Run:
        """Open a pull request: the job has one commit, the branch as it would be merged."""
        self.git("checkout", "-q", "--detach", "main")
        self.git("merge", "-q", "--no-ff", "-m", "merge", branch)
        ref = f"refs/pull/{number}/merge"
        self.git("push", "-q", "--force", "origin", f"HEAD:{ref}")
        self.git("checkout", "-q", branch)
        shutil.rmtree(self.workspace, ignore_errors=True)
        self.git("init", "-q", str(self.workspace))
        # As actions/checkout has it: a shallow fetch, which needs the address of a transport.
        self.git("remote", "add", "origin", self.origin.as_uri(), at=self.workspace)
        self.git("fetch", "-q", "--depth=1", "origin", ref, at=self.workspace)
        self.git("checkout", "-q", "--detach", "FETCH_HEAD", at=self.workspace)
        self.github.commit = self.git("rev-parse", "HEAD", at=self.workspace)
        return self.github.pull_request(number, policy_ref="main", **inputs)

    def merge(self, number: int, branch: str) -> Run:
        """Merge a pull request, and run the job that follows."""
        self.git("checkout", "-q", "main")
        before = self.git("rev-parse", "HEAD")
        self.git("merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch)
        self.git("push", "-q", "origin", "main")
        commits = self.git("rev-list", "--reverse", f"{before}..HEAD").split()
        self.github.merge(number, commits[-1])
        self.check_out()
        return self.github.push(*commits, policy_ref=before)


@pytest.mark.exhaustive
def test_what_was_approved_runs_whatever_is_merged_in_between(
    tmp_path: Path, server: str, mlflow_client: Callable[[str], MlflowClient]
) -> None:
    team, client = Team(tmp_path, server), mlflow_client(server)

    def champion(name: str) -> Any:
        return client.get_model_version_by_alias(name, "champion")

    for name in ("iris", "mnist"):
        team.write(f"model/{name}.yaml", MODEL.format(name=name, place=name))
    team.write("config.yaml", LIMITS.format(share=100))
    first = team.commit("Two models")
    team.check_out()
    assert team.github.push(first).code == 6
    assert team.github.push(first, allow_unapproved="true").code == 0

    team.branch("new-mnist")
    team.write("model/mnist.yaml", MODEL.format(name="mnist", place="mnist-2"))
    team.commit("A better mnist")
    team.branch("describe-iris")
    text = MODEL.format(name="iris", place="iris")
    team.write("model/iris.yaml", f"{text}description: Measured again\n")
    team.commit("iris is described")
    planned = team.plan(1, "new-mnist", models="changed")
    assert (planned.code, planned.outputs["changes"]) == (0, "2"), planned.log
    other = team.plan(2, "describe-iris", models="changed")
    assert (other.code, other.outputs["changes"]) == (0, "1"), other.log
    assert len(team.github.comments) == 2

    assert team.merge(2, "describe-iris").outputs["checksum"] == other.outputs["checksum"]
    assert champion("iris").description == "Measured again"
    assert champion("mnist").version == "1"
    applied = team.merge(1, "new-mnist")
    assert (applied.code, applied.outputs["checksum"]) == (0, planned.outputs["checksum"])
    assert champion("mnist").version == "2"
    assert team.github.run("schedule", {}, {}).code == 0

    client.set_registered_model_alias("mnist", "champion", "1")
    night = team.github.run("schedule", {}, {})
    assert night.code == 3
    assert "| ~ | alias | `champion` | `1` → `2` |" in night.summary
    client.set_registered_model_alias("mnist", "champion", "2")

    team.branch("undo")
    team.git("revert", "--no-edit", "-m", "1", "HEAD")
    team.git("push", "-q", "origin", "HEAD")
    assert team.plan(3, "undo").outputs["changes"] == "1"
    assert team.merge(3, "undo").code == 0
    assert champion("mnist").version == "1"


@pytest.mark.exhaustive
def test_a_pull_request_cannot_loosen_the_limits_of_its_base(tmp_path: Path, server: str) -> None:
    team = Team(tmp_path, server)
    protected = "registered_model: {protected_aliases: [champion]}\n"
    team.write("model/mnist.yaml", MODEL.format(name="mnist", place="mnist") + protected)
    team.write("config.yaml", LIMITS.format(share=30))
    first = team.commit("A model")
    team.check_out()
    assert team.github.push(first, allow_unapproved="true").code == 0
    team.branch("loose")
    team.write("config.yaml", LIMITS.format(share=100))
    team.write("model/mnist.yaml", MODEL.format(name="mnist", place="mnist-2") + protected)
    team.commit("A better mnist")

    allowed = "apply.allow_protected=[champion]"
    refused = team.plan(1, "loose", args=allowed)

    assert refused.code == 6, refused.log
    assert "title=registrar%3A mass-change" in refused.log
    assert "limits.moved_aliases is 100%" in refused.summary
    assert team.github.read()["artifacts"] == []
    merged = team.merge(1, "loose")
    assert merged.code == 6
    assert "nobody has approved these changes" in merged.log


@pytest.mark.exhaustive
def test_a_pull_request_that_changes_a_rule_is_judged_by_both_rules_until_it_is_applied(
    tmp_path: Path, server: str
) -> None:
    team = Team(tmp_path, server)
    config = "defaults: [registrar, _self_, {override policy: company}]\n"
    team.write("config.yaml", config)
    team.write("policy/company.yaml", RULE.format(pattern="^m"))
    team.write("model/mnist.yaml", MODEL.format(name="mnist", place="mnist"))
    first = team.commit("A model")
    team.check_out()
    assert team.github.push(first, allow_unapproved="true").code == 0
    team.branch("rules")
    team.write("policy/company.yaml", RULE.format(pattern="^mn"))
    team.write("model/mnist.yaml", MODEL.format(name="mnist", place="mnist-2"))
    team.commit("Another rule")

    planned = team.plan(1, "rules")
    assert planned.code == 0, planned.log
    assert "policy.named" in planned.summary  # the note on the rule that differs
    applied = team.merge(1, "rules")
    assert applied.code == 0, applied.log
    assert "The plan of pull request 1 is applied." in applied.log

    team.branch("looser")
    team.write("policy/company.yaml", RULE.format(pattern="."))
    team.write("model/mnist.yaml", MODEL.format(name="other", place="mnist-2"))
    team.commit("No rule")
    refused = team.plan(2, "looser")
    assert refused.code == 6
    assert "breaks the rule 'named'" in refused.log


@pytest.mark.exhaustive
def test_the_first_pull_request_brings_the_configurations(tmp_path: Path, server: str) -> None:
    team = Team(tmp_path, server)
    (team.clone / "README.md").write_text("Models\n")
    team.commit("A repository")
    team.branch("models")
    team.write("model/mnist.yaml", MODEL.format(name="mnist", place="mnist"))
    team.commit("A model")
    planned = team.plan(1, "models")
    assert (planned.code, planned.outputs["changes"]) == (0, "3"), planned.log
    assert "::notice title=registrar::main has no configurations yet" in planned.log
    applied = team.merge(1, "models")
    assert applied.outputs["checksum"] == planned.outputs["checksum"]

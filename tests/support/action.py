"""Run `action.yml` as GitHub's runner does, next to a stand-in for GitHub itself."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.registrar_process import ROOT, environment

__all__ = ["GitHub", "Run"]

REPOSITORY = "team/models"
REPOSITORY_ID = 1
EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
# The shell of composite steps.
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


@dataclass(frozen=True)
class Run:
    """How a run of the Action ended."""

    code: int
    log: str
    summary: str
    outputs: dict[str, str]

    @property
    def report(self) -> Any:
        """The report as JSON."""
        return json.loads(Path(self.outputs["json"]).read_text())


@dataclass
class GitHub:
    """A repository on GitHub, as far as the Action knows it. `workspace` is the checkout."""

    folder: Path
    workspace: Path
    env: dict[str, str]
    count: int = 0
    commit: str = "0" * 40  # of the merge of a pull request

    def __post_init__(self) -> None:
        self.write({"calls": [], "refuses": [], "comments": [], "pulls": [], "artifacts": []})
        commands = self.folder / "commands"
        commands.mkdir()
        for name, words in (
            ("gh", str(ROOT / "tests" / "support" / "stand_in_gh.py")),
            ("registrar", "-m registrar"),
            ("python3", ""),
        ):
            script = commands / name
            script.write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
            script.chmod(0o755)

    @property
    def state_file(self) -> Path:
        return self.folder / "github.json"

    def read(self) -> dict[str, Any]:
        """What GitHub holds."""
        state: dict[str, Any] = json.loads(self.state_file.read_text())
        return state

    def write(self, state: dict[str, Any]) -> None:
        self.state_file.write_text(json.dumps(state))

    @property
    def comments(self) -> list[str]:
        return [comment["body"] for comment in self.read()["comments"]]

    def refuse(self, *calls: str) -> None:
        """Refuse the calls that match these patterns, as for a token without the right."""
        self.write({**self.read(), "refuses": calls})

    def merge(self, number: int, sha: str, **more: Any) -> None:
        """Merge a pull request: its commit on the branch is `sha`."""
        state = self.read()
        merged = {"number": number, "merged_at": f"2026-01-{len(state['pulls']) + 1:02}"}
        pull = {**merged, "merge_commit_sha": sha, "base": {"ref": "main"}, **more}
        self.write({**state, "pulls": [*state["pulls"], pull]})

    def keep(self, name: str, files: dict[str, str], *, source: int = REPOSITORY_ID) -> None:
        """Keep an artifact, of a run in the repository with the id `source`."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
        state = self.read()
        identity = len(state["artifacts"]) + 1
        run = {"repository_id": REPOSITORY_ID, "head_repository_id": source}
        artifact = {"id": identity, "name": name, "expired": False, "workflow_run": run}
        artifact |= {"created_at": f"2026-01-{identity:02}", "zip": packed.getvalue().hex()}
        self.write({**state, "artifacts": [*state["artifacts"], artifact]})

    def pull_request(self, number: int, *, source: str = REPOSITORY, **inputs: str) -> Run:
        """Run the Action for a pull request from the repository `source`."""
        head = {"sha": f"{number:040x}", "repo": {"full_name": source}}
        event = {"pull_request": {"number": number, "head": head}}
        return self.run("pull_request", event, inputs, GITHUB_SHA=self.commit)

    def push(self, *commits: str, branch: str = "main", **inputs: str) -> Run:
        """Run the Action for a push of commits."""
        event = {"commits": [{"id": commit} for commit in commits]}
        more = {"GITHUB_REF": f"refs/heads/{branch}", "GITHUB_REF_NAME": branch}
        return self.run("push", event, inputs, GITHUB_SHA=commits[-1], **more)

    def run(self, event: str, payload: dict[str, Any], inputs: dict[str, str], **env: str) -> Run:
        """Run all steps of the Action but the installation."""
        self.count += 1
        temporary = self.folder / f"run{self.count}"
        temporary.mkdir()
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        given = {name: value.get("default", "") for name, value in action["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        payload = {**payload, "repository": {"default_branch": "main"}}
        summary = temporary / "summary.md"
        variables = environment()
        variables |= {
            "PATH": f"{self.folder / 'commands'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "STAND_IN_GITHUB": str(self.state_file),
            "RUNNER_TEMP": str(temporary),
            "GITHUB_ACTIONS": "true",
            "REGISTRAR_STRICT": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_ACTOR": "somebody",
            "GITHUB_STEP_SUMMARY": str(summary),
            **self.env,
            **env,
        }
        context: dict[str, Any] = {
            "inputs": given,
            "github": {"token": "token", "event": payload},
            "steps": {},
        }
        code, log = 0, ""
        for step in action["runs"]["steps"]:
            if step["name"] == "Install registrar" or not is_chosen(step, context):
                continue
            if "uses" in step:
                name, path = (evaluate(step["with"][key], context) for key in ("name", "path"))
                self.keep(name, {Path(path).name: Path(path).read_text()})
                continue
            outputs = temporary / f"outputs-{len(log)}"
            outputs.touch()
            own = {key: evaluate(value, context) for key, value in step.get("env", {}).items()}
            done = subprocess.run(
                [*BASH, step["run"]],
                cwd=self.workspace,
                env={**variables, **own, "GITHUB_OUTPUT": str(outputs)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=300,
            )
            log += done.stdout
            written = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
            context["steps"][step.get("id", step["name"])] = {"outputs": written}
            code = done.returncode
            if code:
                break
        outputs_of_run = context["steps"].get("run", {}).get("outputs", {})
        return Run(code, log, summary.read_text() if summary.exists() else "", outputs_of_run)


def is_chosen(step: dict[str, Any], context: dict[str, Any]) -> bool:
    """Return whether the condition of a step holds: `VALUE != 'TEXT'`."""
    if "if" not in step:
        return True
    value, text = re.fullmatch(r"(\S+) != '(.*)'", step["if"]).groups()  # type: ignore[union-attr]
    return look_up(value, context) != text


def evaluate(text: str, context: dict[str, Any]) -> str:
    """Return a text with the values of its expressions."""
    return EXPRESSION.sub(lambda found: look_up(found[1], context), text)


def look_up(expression: str, context: dict[str, Any]) -> str:
    """Return the value of an expression; "" where there is none."""
    joined = re.fullmatch(r"join\((.*)\.\*\.id, ' '\)", expression)
    value: Any = context
    for part in (joined[1] if joined else expression).split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if joined:
        return " ".join(item["id"] for item in value or ())
    return "" if value is None else str(value)

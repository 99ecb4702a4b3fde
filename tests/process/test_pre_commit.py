"""The hook for pre-commit, as pre-commit itself runs it in a git repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.registrar_process import ROOT, environment

# The hook installs registrar; here, the one of the tests is on the PATH.
CONFIG = """\
repos:
  - repo: {hooks}
    rev: {commit}
    hooks: [{{id: registrar-validate, language: system{more}}}]
"""


class Repository:
    """A git repository with models, and pre-commit."""

    def __init__(self, folder: Path, models: Path) -> None:
        self.folder = models
        commands = folder / "commands"
        commands.mkdir()
        (commands / "registrar").write_text(f'#!/bin/sh\nexec {sys.executable} -m registrar "$@"\n')
        (commands / "registrar").chmod(0o755)
        self.env = environment(
            PATH=f"{commands}:{Path(sys.executable).parent}:/usr/bin:/bin",
            PYTHONPATH=str(ROOT),
            PRE_COMMIT_HOME=str(folder / "home"),
            GIT_CONFIG_COUNT="2",
            GIT_CONFIG_KEY_0="user.name",
            GIT_CONFIG_VALUE_0="Me",
            GIT_CONFIG_KEY_1="user.email",
            GIT_CONFIG_VALUE_1="me@example.org",
        )
        self.hooks = folder / "hooks"
        self.hooks.mkdir()
        shutil.copy(ROOT / ".pre-commit-hooks.yaml", self.hooks)
        for at in (self.hooks, self.folder):
            self.git("init", "-q", at=at)
            self.git("add", ".", at=at)
            self.git("commit", "-qm", "first", at=at)
        self.commit = self.git("rev-parse", "HEAD", at=self.hooks).strip()

    def git(self, *words: str, at: Path | None = None) -> str:
        folder = at or self.folder
        done = subprocess.run(
            ["git", *words], cwd=folder, env=self.env, check=True, capture_output=True, text=True
        )
        return done.stdout

    def run(self, *words: str, more: str = "") -> tuple[int, str]:
        """Run the hook on what is staged."""
        config = CONFIG.format(hooks=self.hooks, commit=self.commit, more=more)
        (self.folder / ".pre-commit-config.yaml").write_text(config)
        self.git("add", ".")
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--color=never", *words],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.mark.exhaustive
def test_the_hook_validates_what_a_commit_holds(tmp_path: Path, repository: Path) -> None:
    team = Repository(tmp_path, repository)
    code, out = team.run()
    assert (code, out.count("Passed")) == (0, 1), out

    (repository / "configs" / "model" / "iris.yaml").write_text("nam: iris\nuri: models/mnist\n")
    code, out = team.run()
    assert code == 1
    assert "configs/model/iris.yaml:1:1: model.nam: unknown key 'nam'." in out
    touched = ", args: [models=changed, since=HEAD]"
    assert team.run(more=touched)[0] == 1
    team.git("commit", "-qm", "broken", "--no-verify")
    assert team.run("--all-files")[0] == 1
    (repository / "README.md").write_text("Models\n")
    assert "(no files to check)Skipped" in team.run(more=touched)[1]
    (repository / "other.yaml").write_text("Of another tool\n")
    code, out = team.run(more=touched)
    assert (code, out.count("Passed")) == (0, 1), out

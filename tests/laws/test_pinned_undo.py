"""After any history of pinned edits and reverts, the alias points to the content that git says.

The history is made with real git, and applied to a real server. The models are not in git: they are
on the machine that registers them, and in the clones they are missing, or pointers.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registrar.cli import run
from registrar.content.digest import hash_directory
from registrar.execution.interrupt import Interrupt
from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registrar.report import Report

MLMODEL = "flavors: {python_function: {loader_module: x, data: weights}}\n"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 123456\n"

Files = Literal["absent", "pointer", "whole", "other"]
edits = st.tuples(st.just("edit"), st.integers(0, 2))
reverts = st.tuples(st.just("revert"), st.integers(0, 3))
files = st.sampled_from(["absent", "absent", "pointer", "whole", "other"])
histories = st.lists(st.tuples(edits | reverts, files), min_size=3, max_size=7)


@dataclass
class Repository:
    """A repository of which git holds the configuration alone."""

    folder: Path
    name: str
    epochs: int = 0
    commits: int = 0  # since the first one, which cannot be reverted

    @property
    def file(self) -> Path:
        return self.folder / "configs" / "model" / "m.yaml"

    @property
    def pinned(self) -> str:
        """The digest that the file says."""
        found = re.search(r"^digest: (.*)$", self.file.read_text(), re.MULTILINE)
        assert found is not None
        return found[1]

    def git(self, *argv: str) -> int:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        command = ["git", *identity, *argv]
        return subprocess.run(command, cwd=self.folder, check=False, capture_output=True).returncode

    def write_model(self, weights: str) -> None:
        model = self.folder / "models" / "m"
        model.mkdir(parents=True, exist_ok=True)
        (model / "MLmodel").write_text(MLMODEL)
        (model / "weights").write_text(weights)

    def edit(self, number: int) -> None:
        """Commit new metadata, and the digest of the content with this number."""
        self.epochs += 1
        self.commits += 1
        text = re.sub("epochs: .*", f"epochs: {self.epochs}", self.file.read_text())
        self.file.write_text(text)
        self.write_model(str(number))
        assert self.run("pin").exit_code == 0
        assert self.git("commit", "-qam", "edit") == 0

    def revert(self, back: int) -> None:
        """Revert the commit so many before the last; without effect where git finds a conflict."""
        if self.git("revert", "--no-edit", f"HEAD~{back}") == 0:
            self.commits += 1
        else:
            self.git("revert", "--abort")
            self.git("reset", "-q", "--hard")

    def leave(self, state: str) -> None:
        """Leave the model's folder as a checkout may have it."""
        shutil.rmtree(self.folder / "models", ignore_errors=True)
        whole = {self.digest_of(number): str(number) for number in range(3)}
        match state:
            case "pointer":
                self.write_model(POINTER)
            case "whole":
                self.write_model(whole[self.pinned])
            case "other":
                self.write_model("of nobody")
            case _:
                shutil.rmtree(self.folder / "models", ignore_errors=True)

    def digest_of(self, number: int) -> str:
        self.write_model(str(number))
        return hash_directory(self.folder / "models" / "m").digest

    def run(self, command: str) -> Report:
        report, _ = run([command, "model=m"], Interrupt())
        assert report is not None
        return report


@pytest.fixture
def start(
    tmp_path_factory: pytest.TempPathFactory, server: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Repository]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)

    def start() -> Repository:
        folder = tmp_path_factory.mktemp("repository")
        repository = Repository(folder, f"pinned-{uuid.uuid4().hex[:12]}")
        repository.file.parent.mkdir(parents=True)
        repository.file.write_text(
            f"name: {repository.name}\nuri: models/m\n"
            "metadata:\n  epochs: 0\naliases: [champion]  # what is served\n"
        )
        (folder / ".gitignore").write_text("models/\n")
        monkeypatch.chdir(folder)
        repository.write_model("0")
        assert repository.run("pin").exit_code == 0
        repository.git("init", "-q")
        repository.git("add", ".")
        repository.git("commit", "-qm", "start")
        return repository

    return start


@pytest.mark.exhaustive
@settings(
    max_examples=max(2, settings().max_examples // 20),  # an example takes seconds
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=histories)
def test_the_alias_points_to_the_content_that_the_last_commit_says(
    history: list[tuple[tuple[str, int], Files]],
    start: Callable[[], Repository],
    server: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    repository, client = start(), mlflow_client(server)
    assert repository.run("apply").exit_code == 0
    known = {repository.pinned}
    for (action, number), state in history:
        if action == "edit":
            repository.edit(number)
        elif number < repository.commits:
            repository.revert(number)
        repository.leave("whole" if repository.pinned not in known else state)
        before = content(client, repository.name)
        applied = repository.run("apply")
        if state == "other" and repository.pinned in known:
            assert applied.exit_code == 2
            assert content(client, repository.name) == before
            repository.leave("absent")
            applied = repository.run("apply")
        assert applied.exit_code == 0, applied.error
        known.add(repository.pinned)
        there = content(client, repository.name)
        champion = there["versions"][there["aliases"]["champion"]]
        assert champion["tags"]["registrar_digest"] == repository.pinned
        epochs = re.search("epochs: (.*)", repository.file.read_text())
        assert epochs is not None
        assert champion["tags"]["epochs"] == epochs[1]
        assert len(there["versions"]) == len(known)
        assert "# what is served\n" in repository.file.read_text()

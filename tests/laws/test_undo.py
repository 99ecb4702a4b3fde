"""Going back to an earlier commit's configuration and model, in a real git repository."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


def git(repository: Path, *argv: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *argv], cwd=repository, check=True, capture_output=True)


def test_the_earlier_commit_gives_the_alias_back_without_a_new_version(
    repository: Path,
    registrar: Callable[..., Result],
    backend: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    env = {"MLFLOW_TRACKING_URI": backend}
    (repository / ".gitignore").write_text("mlflow.db\nmlruns\n")
    git(repository, "init", "-q")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "A")
    assert registrar("model=mnist", **env).code == 0

    (repository / "models" / "mnist" / "requirements.txt").write_text("mlflow\n")
    configuration = repository / "configs" / "model" / "mnist.yaml"
    configuration.write_text(configuration.read_text().replace("epochs: 5", "epochs: 6"))
    git(repository, "commit", "-qam", "B")
    assert registrar("model=mnist", **env).code == 0
    assert content(mlflow_client(backend), "mnist")["aliases"] == {"champion": 2}

    git(repository, "revert", "--no-edit", "HEAD")
    back = registrar("model=mnist", **env)
    assert back.code == 0, back.err
    assert "  ~ alias champion    2 -> 1\n" in back.out
    there = content(mlflow_client(backend), "mnist")
    assert there["aliases"] == {"champion": 1}
    assert list(there["versions"]) == [1, 2]
    assert there["versions"][1]["tags"]["epochs"] == "5"
    assert there["versions"][2]["tags"]["epochs"] == "6"
    assert registrar("model=mnist", **env).out.startswith("Nothing to do")

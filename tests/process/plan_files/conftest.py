"""A repository whose models are planned into a file, and applied from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result


@dataclass(frozen=True)
class Team:
    """A repository, a registry, and commands run there."""

    fork_server: ForkServer
    repository: Path
    uri: str
    client: Any

    def run(self, *argv: str, **env: str) -> Result:
        arguments = [*argv, f"server.tracking_uri={self.uri}"]
        return self.fork_server.run(arguments, self.repository, **env)

    def plan(self, *more: str) -> dict[str, Any]:
        """The plan file for all models."""
        result = self.run("plan", "models=all", "out=plan.json", *more)
        assert result.code == 0, result.err
        return self.file

    @property
    def file(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.path.read_text())
        return document

    def read_reports(self) -> tuple[str, dict[str, Any]]:
        """The Markdown and the JSON of the last command, in their files."""
        document: dict[str, Any] = json.loads((self.repository / "report.json").read_text())
        return (self.repository / "report.md").read_text(), document

    @property
    def path(self) -> Path:
        return self.repository / "plan.json"

    def write(self, name: str, *lines: str, uri: str = "s3://bucket/first") -> None:
        """A model of the configuration that is a reference to a bucket."""
        lines = (f"name: {name}", f"uri: {uri}", "verify: false", *lines)
        (self.repository / "configs" / "model" / f"{name}.yaml").write_text("\n".join(lines))

    def content(self, name: str) -> dict[str, Any]:
        return content(self.client, name)


@pytest.fixture
def team(
    fork_server: ForkServer,
    small_model_repository: Path,
    database: str,
    mlflow_client: Callable[[str], Any],
) -> Team:
    return Team(fork_server, small_model_repository, database, mlflow_client(database))

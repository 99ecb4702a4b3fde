"""Two applies started together: equal ones both succeed, and of different ones no mixture is silent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.registry_snapshot import content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result

CONTENTS: dict[str, dict[str, Any]] = {
    "start": {
        "metadata": {"lr": 0, "optimizer": "none", "tier": "none", "old": "x"},
        "aliases": ["champion", "old"],
    },
    **{
        letter: {
            "metadata": {"lr": letter, "optimizer": letter, "tier": letter},
            "description": letter,
            "aliases": ["champion", f"alias-{letter}"],
            "registered_model": {"description": letter, "tags": {"team": letter}},
        }
        for letter in "ab"
    },
}


@dataclass(frozen=True)
class Duel:
    """Two commands that start at the same moment on one registered model."""

    fork_server: ForkServer
    repository: Path
    server: str
    client: Any

    def arguments(self, name: str, letter: str) -> list[str]:
        return [f"model={letter}", f"model.name={name}", f"server.tracking_uri={self.server}"]

    def apply(self, name: str, letter: str) -> Result:
        result = self.fork_server.run(self.arguments(name, letter), self.repository)
        assert result.code == 0, result
        return result

    def run(self, name: str, letters: str) -> list[Result]:
        go = self.repository / "go"
        processes = [
            self.fork_server.start(self.arguments(name, letter), self.repository, go=go)
            for letter in letters
        ]
        go.touch()
        results = [process.wait(timeout=300) for process in processes]
        go.unlink()
        return results

    def wanted(self, name: str, letter: str) -> dict[str, Any]:
        """What one of the contents alone leaves of the same start."""
        self.apply(name, "start")
        self.apply(name, letter)
        return content(self.client, name)


@pytest.fixture
def duel(
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
) -> Duel:
    for name, fields in CONTENTS.items():
        text = yaml.safe_dump({"name": "any", "uri": "models/mnist", **fields})
        (small_model_repository / "configs" / "model" / f"{name}.yaml").write_text(text)
    return Duel(fork_server, small_model_repository, server, mlflow_client(server))


def test_a_mixture_of_two_contents_is_never_silent(duel: Duel, exhaustive: bool) -> None:
    prefix = f"duel-{os.getpid()}"
    wanted = [duel.wanted(f"{prefix}-{letter}", letter) for letter in "ab"]
    for number in range(20 if exhaustive else 1):
        name = f"{prefix}-{number}"
        duel.apply(name, "start")
        results = duel.run(name, "ab")
        found = content(duel.client, name)
        codes = [result.code for result in results]
        assert set(codes) <= {0, 5, 6}, results
        # Every run that ends with 0 has seen the model as it wanted it, with its last request.
        if found not in wanted:
            assert any(codes), (number, found, results)
        for result in results:
            if result.code:
                assert (
                    "another run changed these fields meanwhile" in result.err
                    or "since the plan" in result.err
                ), result
                assert "run it again" not in result.err


@pytest.mark.exhaustive
def test_two_applies_of_the_same_content_both_end_with_0(duel: Duel, exhaustive: bool) -> None:
    prefix = f"twins-{os.getpid()}"
    wanted = duel.wanted(prefix, "a")
    for number in range(20 if exhaustive else 1):
        name = f"{prefix}-{number}"
        duel.apply(name, "start")
        results = duel.run(name, "aa")
        assert [result.code for result in results] == [0, 0], results
        assert content(duel.client, name) == wanted, number

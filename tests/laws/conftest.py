"""The bench of the laws on one model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.model_bench import ModelBench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer


@pytest.fixture
def model_bench(
    fork_server: ForkServer,
    small_model_repository: Path,
    server: str,
    mlflow_client: Callable[[str], Any],
    request: pytest.FixtureRequest,
) -> ModelBench:
    """A model of the test's name on the server that the tests share."""
    name = f"{request.node.name}-{os.getpid()}".replace("[", "-").replace("]", "")
    return ModelBench(fork_server, small_model_repository, server, mlflow_client(server), name)

"""The app as a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.process.callbacks.app import RUN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result


@pytest.fixture
def train(
    fork_server: ForkServer, small_model_repository: Path, database: str
) -> Callable[..., Result]:
    """Run the app in `small_model_repository`, with these overrides."""

    def run(*argv: str, uri: str = database) -> Result:
        (small_model_repository / "trained").unlink(missing_ok=True)
        return fork_server.start(
            list(argv), small_model_repository, code=RUN, MLFLOW_TRACKING_URI=uri
        ).wait()

    return run

"""A configuration with one URI, and what it may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.user_scripts import log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


@pytest.fixture
def client(mlflow_client: Callable[[str], Any], backend: str) -> Any:
    return mlflow_client(backend)


@pytest.fixture
def run(registrar: Callable[..., Result], backend: str) -> Callable[..., Result]:
    def run(*argv: str) -> Result:
        return registrar(*argv, "model=mnist", MLFLOW_TRACKING_URI=backend)

    return run


@pytest.fixture
def write(repository: Path) -> Callable[..., None]:
    """configs/model/mnist.yaml with this URI, on line 2, and these further lines."""

    def write(uri: str, *lines: str) -> None:
        text = "\n".join(["name: mnist", f"uri: {uri}", "aliases: [champion]", *lines, ""])
        (repository / "configs" / "model" / "mnist.yaml").write_text(text)

    return write


@pytest.fixture
def logged(script: Callable[..., Any]) -> dict[str, str]:
    return log(script)

"""`apply`, `plan` and `check`, run on the model of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


@pytest.fixture
def run(registrar: Callable[..., Result], backend: str) -> Callable[..., Result]:
    """A command on the mnist of the repository, against the backend."""

    def run(*argv: str) -> Result:
        model = () if any(word.startswith("model=") for word in argv) else ("model=mnist",)
        return registrar(*argv, *model, MLFLOW_TRACKING_URI=backend)

    return run


@pytest.fixture
def client(mlflow_client: Callable[[str], Any], backend: str) -> Any:
    return mlflow_client(backend)


@pytest.fixture
def write(repository: Path) -> Callable[..., None]:
    """Fields of configs/model/NAME.yaml changed; None takes one out."""

    def write(config: str = "mnist", /, **fields: Any) -> None:
        path = repository / "configs" / "model" / f"{config}.yaml"
        before = yaml.safe_load(path.read_text()) if path.exists() else {}
        after = {key: value for key, value in {**before, **fields}.items() if value is not None}
        path.write_text(yaml.safe_dump(after, allow_unicode=True))

    return write


@pytest.fixture
def change(repository: Path) -> Callable[[str], None]:
    """The bytes of the model become others: A, B, ..."""

    def change(letter: str) -> None:
        (repository / "models" / "mnist" / "letter.txt").write_text(letter)

    return change
